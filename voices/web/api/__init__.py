"""The JSON API: thin operations over the actions and queries that the pages use."""
