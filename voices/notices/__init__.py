"""Notices: what people and programs are told of. A kind is one object in `kinds.py`."""
