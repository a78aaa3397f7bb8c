"""Webhooks on the wire: signed by the Standard Webhooks scheme, sent to public addresses only."""
