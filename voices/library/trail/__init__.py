"""Reading the activity trail: pages, wording, exports and verification."""
