"""The admin site: it uses the product's login, and its index groups the records by subject."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator


class Subject(StrEnum):
    """The subject of an admin page, in the order of the index."""

    PEOPLE = "People"
    KEYS = "Keys and accounts"
    VOICES = "Voices"
    CLONES = "Clones"
    CONSENT = "Consent"
    ACTIVITY = "Activity"
    NOTICES = "Notifications and webhooks"
    INTERNALS = "Internals"


class StudioSite(AdminSite):
    """The admin site of Voice Studio, for staff."""

    site_title = "Voice Studio"
    site_header = "Voice Studio administration"
    index_title = "Records"
    site_url = None  # "Back to the library" is there already
    enable_nav_sidebar = False  # it would take a third of the width from tables that need it

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the product's login, so that its limits apply here, too."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)  # type: ignore[no-untyped-call]  # no types
        return answer

    def password_change(  # type: ignore[override]  # Django's stubs know of a page only
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the product's page, which records the change and sends a notification."""
        return redirect("account_change_password")

    def app_index(  # type: ignore[override]  # the same
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the index: records are grouped by subject, not by application."""
        return redirect("admin:index")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the records that the user may see, grouped by subject."""
        models = [one for app in super().get_app_list(request, app_label) for one in app["models"]]
        return list(self._groups(models))

    def _groups(self, models: list[Any]) -> Iterator[dict[str, Any]]:
        for subject in Subject:
            members = [self._named(one) for one in models if self._subject_of(one["model"]) == subject]
            if members:
                yield {
                    "name": subject.value,
                    "app_label": subject.name.lower(),
                    "app_url": f"{reverse('admin:index')}#{subject.name.lower()}",
                    "has_module_perms": True,
                    "models": sorted(members, key=lambda one: str(one["name"])),
                }

    def _named(self, entry: dict[str, Any]) -> dict[str, Any]:
        return entry | {"name": getattr(self._registry[entry["model"]], "title", "") or entry["name"]}

    def _subject_of(self, model: Any) -> str:
        return getattr(self._registry[model], "subject", Subject.INTERNALS)
