"""Notices for people and programs. A kind is one object in `kinds.py`."""
