"""Texts to read aloud for a recording, one file per language in `texts/`."""
