"""URLs of the site: our pages, allauth's and the admin; and what answers when something fails."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

from voices.web.accounts import email

# One login for all: allauth's limits apply to the admin site too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]  # allauth's documented way


def password_change(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Redirect the admin site's page for one's own password to ours, which records the change and tells of it."""
    return redirect("account_change_password")


admin.site.password_change = password_change  # type: ignore[assignment, method-assign]  # as for the login

handler400 = "voices.web.problems.bad_request"
handler404 = "voices.web.problems.page_not_found"
urlpatterns = [
    path("", include("voices.urls")),
    path("api/v1/", include("voices.web.api.urls")),
    # In place of allauth's, which come after them.
    path("accounts/email/", email.page, name="account_email"),
    path("accounts/confirm-email/<str:key>/", email.confirm, name="account_confirm_email"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "voices.web.unavailable.failed"
