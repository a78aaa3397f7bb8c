"""Keeping the activity trail: sealing it, pruning it, and recording who took it along."""
