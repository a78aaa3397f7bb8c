"""The two-person rule: what waits for approval, and the decision."""
