"""The application of Django's admin, with our site as the default one."""

from django.contrib.admin.apps import AdminConfig


class StudioAdminConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "voices.web.admin_site.StudioSite"
