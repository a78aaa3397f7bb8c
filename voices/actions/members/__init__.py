"""Who is in a team: roles, leaving, and invitations."""
