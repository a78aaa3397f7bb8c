"""Reports errors to Sentry, if its DSN is set: only data passed by `scrubbed` leaves this machine.

Nothing is taken from requests: an error in a view is reported as its log line.
"""

import re
from collections.abc import Mapping
from typing import Any

import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.utils import BadDsn

from voices.kit.origin import current_request_id
from voices.kit.secret_paths import PREFIXES
from voices.version import VERSION

KEPT = (
    "event_id", "timestamp", "platform", "level", "logger", "release", "environment", "server_name", "sdk",
)  # fmt: skip
KEPT_OF_EXCEPTIONS = ("type", "module", "mechanism", "thread_id")
KEPT_OF_FRAMES = (
    "filename", "abs_path", "function", "module", "lineno", "in_app", "pre_context", "context_line", "post_context",
)  # fmt: skip
HIDDEN = "[hidden]"
_OFF = {"mode": "off"}
# Data that the SDK would collect by default.
NOTHING: Any = {
    "user_info": False, "cookies": _OFF, "http_headers": {"request": _OFF}, "http_bodies": [], "url_query_params": _OFF,
    "database_query_data": False, "queues": False, "stack_frame_variables": False,
}  # fmt: skip
_PATHS = "|".join(map(re.escape, PREFIXES))
# Each keeps what stands before the secret.
_SECRETS = tuple(
    (re.compile(pattern, re.ASCII), rf"\g<1>{HIDDEN}")
    for pattern in (
        rf"({_PATHS})[^/\s'\"<>]+",  # tokens in addresses
        r"()\b[A-Za-z0-9]{8}\.[^\s'\"]{12,}",  # keys of Althea
        r"()\bvs_[A-Za-z0-9_-]+",  # API tokens
        r"(\?)[^\s'\"<>]*=[^\s'\"<>]*",  # query strings
        r"()[^\s@'\"<>(=]+@[^\s@'\"<>)]+",  # email addresses, and passwords in URLs
        r"(?i)((?:key|token|password|secret|cookie|authorization)['\"]?\s*[:=]\s*(?:Bearer\s+)?)[^\s,;)}]+",
    )
)


def start(dsn: str) -> None:
    """Start reporting errors. Raises ImproperlyConfigured for an invalid DSN."""
    try:
        sentry_sdk.init(
            dsn,
            release=f"voicestudio@{VERSION}",
            data_collection=NOTHING,
            max_breadcrumbs=0,
            before_send=scrubbed,
            auto_session_tracking=False,
            send_client_reports=False,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                AtexitIntegration(callback=lambda pending, timeout: None),
                DedupeIntegration(),
                ExcepthookIntegration(),
                LoggingIntegration(level=None, sentry_logs_level=None),
                ThreadingIntegration(),
            ],
        )
    except BadDsn as problem:
        raise ImproperlyConfigured(
            "VOICESTUDIO_SENTRY_DSN is not the address of a Sentry project."
        ) from problem


def scrubbed(event: Any, hint: Mapping[str, Any]) -> Any:
    """Return a new event with only permitted data; None for errors that anonymous requests can cause at will."""
    if str(event.get("logger", "")).startswith("django.security"):
        return None
    kept = _only(event, KEPT)
    line = event.get("logentry") or {}
    message = line.get("formatted") or line.get("message") or event.get("message")
    if message:
        kept["message"] = without_secrets(str(message))
    if "exception" in event:
        kept["exception"] = {"values": [_exception(one) for one in event["exception"].get("values", ())]}
    return kept | {"tags": {"request_id": current_request_id()}}


def _exception(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = _only(found, KEPT_OF_EXCEPTIONS) | {"value": without_secrets(str(found.get("value", "")))}
    frames = (found.get("stacktrace") or {}).get("frames", ())
    return kept | {"stacktrace": {"frames": [_only(frame, KEPT_OF_FRAMES) for frame in frames]}}


def _only(found: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in names if name in found}


def without_secrets(text: str) -> str:
    """Return the text without anything that looks like a key, a token, a query string or an email address."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
