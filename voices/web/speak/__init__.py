"""The page behind a speaker's link: for people without an account or a session."""
