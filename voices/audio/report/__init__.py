"""The report on a recording: measures of its sound (numpy, in the limited child), ratings and advice (anywhere)."""
