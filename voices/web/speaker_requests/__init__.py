"""The editors' side of requests to speakers: asking, the list, and deciding on what came."""
