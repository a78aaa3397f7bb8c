"""What an error report may tell of a request that carries a key or a password: nothing of its values.

`sensitive_variables` covers the frames below the view it decorates. The frames above it hold the form too:
the CSRF check reads the body before any view is known, and Django's parser keeps it in local variables.
"""

from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

SECRET_FIELDS = ("key", "password")


def _is_secret(name: str) -> bool:
    return any(part in name.casefold() for part in SECRET_FIELDS)


def _sent(request: Any) -> dict[str, Any]:
    # Only what was read already: a report must not read the rest of a body that broke off.
    return dict(getattr(request, "_post", None) or {})


def _may_hold_secret(request: HttpRequest) -> bool:
    # Empty as well while the body is read, and after its parser failed.
    sent = getattr(request, "_post", None)
    return not sent or any(_is_secret(name) for name in sent)


class ReportFilter(SafeExceptionReporterFilter):
    """Django's filter, with every local variable hidden where the form carried a secret, DEBUG or not."""

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always: a developer's error page is a page too."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """What was sent, fields of keys and passwords starred."""
        told = _sent(request) if request else {}
        return {name: self.cleansed_substitute if _is_secret(name) else value for name, value in told.items()}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """The frame's variables; only their names where the form carried a secret, or was not read to its end."""
        if request is not None and request.method == "POST" and _may_hold_secret(request):
            return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()
        return super().get_traceback_frame_variables(request, tb_frame)
