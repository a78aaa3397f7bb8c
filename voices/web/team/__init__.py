"""The team's own pages: its members, invitations and settings; and a person's several teams."""
