"""The dashboard: what needs attention, and figures of a period. Each is one object, found by its file."""
