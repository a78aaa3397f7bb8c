"""Reachability of an Althea server, probed without a key."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from voices.althea.transport import MAX_JSON_BYTES, exchange, new_http, timeouts, translated

SECONDS = 5.0


async def clock_ahead(address: str, *, now: datetime) -> timedelta | None:
    """Return how far the server's clock is ahead of ours, to a second; None if it does not say. Raise AltheaError."""
    async with new_http(slots=1) as http, translated(seconds=SECONDS):
        request = http.plain.build_request("GET", f"{address}/api/accounts/me", timeout=timeouts(SECONDS))
        answer = await exchange(http.plain, request, max_bytes=MAX_JSON_BYTES)
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")) - now
    except (ValueError, TypeError):  # there is none, or one without a zone
        return None
