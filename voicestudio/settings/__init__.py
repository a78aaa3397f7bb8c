"""All settings, by topic, from the environment; the defaults work on an empty machine."""

from voicestudio.settings.accounts import *  # noqa: F403  # settings of this module, as Django reads them
from voicestudio.settings.database import *  # noqa: F403  # the same
from voicestudio.settings.environment import *  # noqa: F403  # the same
from voicestudio.settings.environment import BASE_DIR, DATA_DIR, env, secret
from voicestudio.settings.files import *  # noqa: F403  # the same
from voicestudio.settings.logs import *  # noqa: F403  # the same
from voicestudio.settings.mail import *  # noqa: F403  # the same
from voicestudio.settings.security import *  # noqa: F403  # the same
from voicestudio.settings.security import ALLOWED_HOSTS, HTTPS, PORT


def default_site_url() -> str:
    """Return the address at the first allowed host."""
    host = next((name.lstrip(".") for name in ALLOWED_HOSTS if name != "*"), "localhost")
    return f"https://{host}" if HTTPS else f"http://{host}:{PORT}"


# --- the Althea API and the sandbox ---------------------------------------------------------------
ALTHEA_URL = env.str("ALTHEA_URL", "https://app.altheastudio.ai")
SANDBOX = env.bool("SANDBOX", False)
SANDBOX_PORT = env.int("SANDBOX_PORT", 8001)
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"
# About how often accounts are synced automatically; 0: only by hand.
SYNC_HOURS = env.float("SYNC_HOURS", 1.0)
# About how often each voice is checked; 0: only by hand.
HEALTH_HOURS = env.float("HEALTH_HOURS", 24.0)
# How long the activity trail is kept; 0: for ever.
ACTIVITY_DAYS = env.float("ACTIVITY_DAYS", 730.0)

# --- monitoring -------------------------------------------------------------------------------------
METRICS_TOKEN = secret("METRICS_TOKEN", DATA_DIR, lambda _: "")
SENTRY_DSN = secret("SENTRY_DSN", DATA_DIR, lambda _: "")
METRICS_DIR = DATA_DIR / "metrics"
CHILD_SLOTS_DIR = DATA_DIR / "child-slots"

# --- notices --------------------------------------------------------------------------------------
# Where people open this site: emails that the worker sends link to it.
SITE_URL = env.str("SITE_URL", "").rstrip("/") or default_site_url()
# For development: webhooks may go to this machine, without encryption.
WEBHOOKS_LOOPBACK = env.bool("WEBHOOKS_LOOPBACK", False)

# --- application ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "voices",
    "voicestudio.apps.StudioAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "voices.web.origins.Origins",
    "voices.web.metrics.CountRequests",
    "voices.web.links.LinkTokens",
    "voices.web.security_headers.PolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "voices.web.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "voices.web.accounts.sessions.SessionTimes",
    "voices.web.http.LoginRequired",
    "voices.web.althea_calls.AltheaCalls",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "voicestudio.urls"
ASGI_APPLICATION = "voicestudio.asgi.application"
WSGI_APPLICATION = "voicestudio.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = ["voicestudio.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
