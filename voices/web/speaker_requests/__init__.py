"""The editors' pages of requests to speakers: the list, new requests, and decisions."""
