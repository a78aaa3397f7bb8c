"""URLs of the site: our pages, allauth's and the admin."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# One login for all: allauth's limits apply to the admin site too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign, no-untyped-call]  # allauth's documented way

handler404 = "voices.web.problems.page_not_found"
urlpatterns = [
    path("", include("voices.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
