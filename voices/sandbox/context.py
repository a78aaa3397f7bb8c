"""The context of every handler: the state, the settings with their defaults, the rate limiter."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from voices.sandbox.fields import Check, choice, clean, integer, nullable, number
from voices.sandbox.messages import ApiError, Request
from voices.sandbox.state import Account, State

PREVIEW_FORMS = ("api", "redirect", "storage")
PREVIEW_LABELS = ("real", "declared")
PROVIDER_KEYS = ("optional", "needed")


SETTINGS: dict[str, tuple[Any, Check]] = {
    "allowedVoices": (None, nullable(integer(0))),  # voices that an account may have
    "rateLimit": (None, nullable(number(0.01, 1e6))),  # requests per second and key
    "cloneSeconds": (0.0, number(0, 600)),  # duration of a clone
    "clonePreview": ("api", choice(*PREVIEW_FORMS)),  # form of a new clone's previewUrl
    "previewLabels": (
        "real",
        choice(*PREVIEW_LABELS),
    ),  # declared: public previews are WAV and say so, as in the spec
    "providerKeys": ("optional", choice(*PROVIDER_KEYS)),  # needed: a definition takes a key of its provider
}


@dataclass
class _Bucket:
    tokens: float
    at: float


@dataclass
class RateLimiter:
    """One token bucket per key, with a capacity of one second."""

    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def wait_for(self, key_prefix: str, *, rate: float) -> float:
        """Take a token and return 0.0, or return the seconds until one is available."""
        now, full = self.monotonic(), max(1.0, rate)
        bucket = self._buckets.setdefault(key_prefix, _Bucket(full, now))
        bucket.tokens = min(full, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / rate
        bucket.tokens -= 1
        return 0.0


@dataclass
class SandboxContext:
    """State, settings and rate limiter."""

    state: State
    limiter: RateLimiter = field(default_factory=RateLimiter)

    def __post_init__(self) -> None:
        self._settings = self.state.settings()

    def setting(self, name: str) -> Any:
        """Return a setting's value or its default."""
        return self._settings.get(name, SETTINGS[name][0])

    def settings(self) -> dict[str, Any]:
        """Return all settings."""
        return {name: self.setting(name) for name in SETTINGS}

    def change_settings(self, data: dict[str, Any]) -> None:
        """Check and store settings. Raise ApiError 400 for an unknown name or a bad value."""
        if unknown := [name for name in data if name not in SETTINGS]:
            raise ApiError(400, {name: ["Unknown setting."] for name in unknown})
        self.state.change_settings(clean(data, {name: check for name, (_, check) in SETTINGS.items()}))
        self._settings = self.state.settings()

    def require_provider_key(self, account: Account, engine: str) -> None:
        """Raise ApiError 400, as a provider would word it, if the account lacks a key that the engine needs."""
        is_needed = self.setting("providerKeys") == "needed" and engine != "generic"
        if is_needed and engine not in self.state.provider_keys(account):
            raise ApiError(400, {"detail": f"{engine} answered 401: no API key is set for this account."})

    def reset(self) -> None:
        """Restore an empty sandbox."""
        self.state.reset()
        self._settings = {}

    def account_for(self, request: Request) -> Account:
        """Return the account of the request's key. Raise ApiError 403 without a valid key, 429 above the rate limit."""
        key = request.header("x-api-key")
        if not key:
            raise ApiError(403, {"detail": "Authentication credentials were not provided."})
        account = self.state.account_of(key)
        if account is None:
            raise ApiError(403, {"detail": "Invalid API key"})
        rate = self.setting("rateLimit")
        wait = self.limiter.wait_for(request.key_prefix, rate=rate) if rate else 0.0
        if wait:
            raise throttled(math.ceil(wait))
        return account


def throttled(seconds: float, retry_after: str | None = None) -> ApiError:
    """Return 429 in DRF's wording; `retry_after` replaces the seconds, for the date form."""
    whole = math.ceil(seconds)
    detail = f"Request was throttled. Expected available in {whole} second{'' if whole == 1 else 's'}."
    return ApiError(429, {"detail": detail}, (("retry-after", retry_after or str(whole)),))
