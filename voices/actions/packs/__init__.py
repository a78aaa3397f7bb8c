"""Voice packs: voices with their recordings in one file, exported here and imported elsewhere."""
