"""URLs of the site: our pages, allauth's and the admin; and what answers when something fails."""

from django.contrib import admin
from django.urls import include, path

from voices.web.accounts import email

handler400 = "voices.web.problems.bad_request"
handler404 = "voices.web.problems.page_not_found"
urlpatterns = [
    path("", include("voices.urls")),
    path("api/v1/", include("voices.web.api.urls")),
    # In place of allauth's, which come after them.
    path("accounts/email/", email.page, name="account_email"),
    path("accounts/confirm-email/<str:key>/", email.confirm, name="account_confirm_email"),
    path("accounts/", include("voices.web.accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "voices.web.unavailable.failed"
