"""The dashboard: what needs a hand, and figures of a period. Each is one object, found by its file."""
