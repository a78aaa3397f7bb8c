"""Membership of a team: roles, leaving, and invitations."""
