"""Requests for recordings to people without an account: the link, the submitted recording, and the decision."""
