"""Maintenance of the activity trail: sealing it, pruning it, and recording exports."""
