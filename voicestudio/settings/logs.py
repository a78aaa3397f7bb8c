"""Logging to stderr: lines of text, or of JSON for programs, each with the id of its request."""

import logging
from logging import LogRecord
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict

from voices.kit.origin import current_request_id
from voices.kit.secret_paths import without_secret
from voicestudio.settings.environment import env

LOG_FORMAT = env.str("LOG_FORMAT", "text")
if LOG_FORMAT not in {"text", "json"}:
    raise ImproperlyConfigured("VOICESTUDIO_LOG_FORMAT is neither text nor json.")


def one_line(record: LogRecord) -> bool:
    """Drop the traceback of refused requests and of outages: each takes one line of the log. Return True."""
    status = getattr(record, "status_code", 500)
    is_refusal = record.name == "django.request" and (status < 500 or status in {503, 507})
    if is_refusal or record.name.startswith("django.security."):
        record.exc_info = None
    return True


def hide_tokens(record: LogRecord) -> bool:
    """Take tokens and query strings out of addresses in the line. Return True."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            without_secret(one) if isinstance(one, str) and one.startswith("/") else one
            for one in record.args
        )
    return True


def request_id_of(record: LogRecord) -> str:
    """Return the id of the request, or of the request's job, that the line belongs to; "" for none."""
    return current_request_id() or getattr(getattr(record, "request", None), "request_id", "")


class Line(logging.Formatter):
    """A line for people, which ends with the request's id if it belongs to a request or its job."""

    def formatMessage(self, record: LogRecord) -> str:  # logging's name
        """Return the line, without the traceback that may follow."""
        line = super().formatMessage(record)
        request_id = request_id_of(record)
        return f"{line} [{request_id}]" if request_id else line


def describe(_: Any, level: str, event: EventDict) -> EventDict:
    """Add what every line of JSON has."""
    record: LogRecord = event["_record"]
    return {
        "level": level,
        "logger": record.name,
        "message": event.pop("event"),
        "request_id": request_id_of(record),
        **event,
    }


_JSON = {
    "()": ProcessorFormatter,
    "processors": [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        describe,
        structlog.processors.format_exc_info,  # as text, without local variables
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ],
}
_TEXT = {"()": Line, "format": "{levelname} {name}: {message}", "style": "{"}
_OURS = {"handlers": ["stderr"], "propagate": False}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": _TEXT, "json": _JSON},
    "filters": {
        name: {"()": "django.utils.log.CallbackFilter", "callback": callback}
        for name, callback in (("one_line", one_line), ("hide_tokens", hide_tokens))
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["one_line", "hide_tokens"],
        },
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # httpx's lines at INFO have full URLs.
        **{name: {"level": "WARNING"} for name in ("httpx", "httpcore", "httpx2", "httpcore2")},
        "django": _OURS | {"level": "INFO"},
        # uvicorn has made handlers of its own by the time that these settings are read.
        "uvicorn": _OURS,
        "uvicorn.error": _OURS,
        "uvicorn.access": _OURS,
    },
}
