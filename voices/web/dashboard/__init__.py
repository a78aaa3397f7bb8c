"""The dashboard of a team, for its admins and for staff."""
