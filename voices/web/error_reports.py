"""A filter for error reports that hides the values of requests with a key or a password.

`sensitive_variables` covers the frames below the view it decorates. The frames above it hold the form as well:
the CSRF check reads the body before the view is known, and Django's parser keeps it in local variables.
"""

from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

# Settings of a provider's voice too: headers and bodies hold keys of other services.
SECRET_FIELDS = ("key", "password", "secret", "setting-")


def _is_secret(name: str) -> bool:
    return any(part in name.casefold() for part in SECRET_FIELDS)


def _sent(request: Any) -> dict[str, Any]:
    # Only what was already read: a report must not read the rest of an interrupted body.
    return dict(getattr(request, "_post", None) or {})


def _may_hold_secret(request: HttpRequest) -> bool:
    # Also empty while the body is read, and after its parser failed.
    sent = getattr(request, "_post", None)
    return not sent or any(_is_secret(name) for name in sent)


class ReportFilter(SafeExceptionReporterFilter):
    """Django's filter, which also masks all local variables if the form carried a secret."""

    def is_active(self, request: HttpRequest | None) -> bool:
        """Return True: a developer's error page must not show secrets either."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Return the POST data with the values of keys and passwords masked."""
        sent = _sent(request) if request else {}
        return {name: self.cleansed_substitute if _is_secret(name) else value for name, value in sent.items()}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """Return the frame's variables, masked if the form carried a secret or was not read completely."""
        if request is not None and request.method == "POST" and _may_hold_secret(request):
            return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()
        return super().get_traceback_frame_variables(request, tb_frame)
