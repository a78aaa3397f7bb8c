"""The dashboard: what needs attention, and figures for a period. Each is one object in a file of its own."""
