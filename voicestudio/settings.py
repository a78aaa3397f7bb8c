"""All settings, by topic, from the environment; the defaults work on an empty machine."""

import os
from collections.abc import Callable
from functools import partial
from logging import LogRecord
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import dj_email_url
from django import VERSION
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from voices.kit.receipts import load_or_make_signing_key
from voices.kit.sealing import load_or_make_secret_file, read_secret_file, split_keys

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env(prefix="VOICESTUDIO_")


# --- data folder ----------------------------------------------------------------------------------
# What this process and its children make is for this user only; it holds password hashes, sessions and recordings.
os.umask(0o077)
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "data"))).resolve()


def make_folder(path: Path) -> Path:
    """Return the folder, creating it for this user only. Raise ImproperlyConfigured if that fails."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise ImproperlyConfigured(
            f"the data folder {path} cannot be written ({problem.strerror})."
        ) from problem
    return path


def long_key() -> str:
    """Return 64 random characters: Django warns below 50."""
    return token_urlsafe(48)


def secret(name: str, file: Path, read: Callable[[Path], str]) -> str:
    """Return a secret from VOICESTUDIO_<name>, the file in VOICESTUDIO_<name>_FILE, or our own file."""
    if value := env.str(name, ""):
        return value
    try:
        if named := env.str(f"{name}_FILE", ""):
            return Path(named).read_text(encoding="ascii").strip()
        return read(file)
    except OSError as problem:
        where = problem.filename or file
        raise ImproperlyConfigured(
            f"the secret {name} at {where} cannot be read or made ({problem.strerror})."
        ) from problem


make_folder(DATA_DIR)
UPLOAD_DIR = make_folder(DATA_DIR / "tmp")

# --- security -------------------------------------------------------------------------------------
SECRETS_DIR = make_folder(DATA_DIR / "secrets")
SECRET_KEY = secret(
    "SECRET_KEY", SECRETS_DIR / "secret.key", partial(load_or_make_secret_file, make=long_key)
)
# The first encrypts, all decrypt: put a new one first, run rotate_keys, remove the old one.
# Empty until the first start makes the file (voices/gateway.py), which needs to know that nothing is sealed yet.
ENCRYPTION_KEY_FILE = SECRETS_DIR / "enc.key"
ENCRYPTION_KEYS = split_keys(secret("ENCRYPTION_KEYS", ENCRYPTION_KEY_FILE, read_secret_file))
# Signs consent receipts. Another one may take its place at any time: the public keys of all stay published.
RECEIPT_KEY = secret("RECEIPT_KEY", SECRETS_DIR / "receipt.key", load_or_make_signing_key)
DEBUG = False
HTTPS = env.bool("HTTPS", False)
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = (
    [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"] if HTTPS else []
)
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Only if asked for: other sites on subdomains may not have HTTPS, and a preload list forgets slowly.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # these two are the operator's decision
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "voices.web.health.csrf_failed"
DEFAULT_EXCEPTION_REPORTER_FILTER = "voices.web.error_reports.ReportFilter"

# --- the Althea API and the sandbox ---------------------------------------------------------------
ALTHEA_URL = env.str("ALTHEA_URL", "https://app.altheastudio.ai")
SANDBOX = env.bool("SANDBOX", False)
SANDBOX_PORT = env.int("SANDBOX_PORT", 8001)
SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"
# About how often accounts are synced automatically; 0: only by hand.
SYNC_HOURS = env.float("SYNC_HOURS", 1.0)

# --- application ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "voices",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
]
MIDDLEWARE = [
    "voices.web.speak.links.LinkTokens",
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
TIME_ZONE = "UTC"
USE_TZ = True

# --- accounts (django-allauth) --------------------------------------------------------------------
AUTH_USER_MODEL = "voices.User"
AUTHENTICATION_BACKENDS = ["voices.web.accounts.backend.LoginByEmail"]
PASSWORD_RULES: dict[str, dict[str, Any]] = {
    # Django's default compares with first_name and last_name, which our users do not have.
    "UserAttributeSimilarityValidator": {"user_attributes": ("name", "email")},
    "MinimumLengthValidator": {"min_length": 8},
    "CommonPasswordValidator": {},
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in PASSWORD_RULES.items()
]
ACCOUNT_ADAPTER = "voices.web.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "voices.web.accounts.forms.LogIn",
    "reauthenticate": "voices.web.accounts.forms.Confirm",
    "change_password": "voices.web.accounts.forms.ChangePassword",
    "set_password": "voices.web.accounts.forms.SetPassword",
    "reset_password": "voices.web.accounts.forms.ForgotPassword",
    "reset_password_from_key": "voices.web.accounts.forms.ChooseNewPassword",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # the subjects name Voice Studio; allauth would prepend the host name
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# allauth's own generator also stores every email in its list, which nothing here reads.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105  # a path
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/300s/key",
    "login_known": "10/300s/key",  # by browser in which the person has logged in before, whatever strangers do
    "login": None,  # of all logins by address; it would lock out a whole office for one of its members
    "reset_password": "20/m/ip,5/m/key",
    "link_upload": "60/h/ip,20/h/key",  # recordings that speakers send
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "voices:library"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

# --- database: SQLite (WAL + IMMEDIATE: no "locked" with 8 writers, measured), PostgreSQL by its URL ---
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'voicestudio.sqlite3'}")
}
# People wait for a page that waits for the database: after so many seconds they are told that it is busy.
DATABASE_WAIT_SECONDS = 3
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Kept by the threads that serve pages (asgi.py): opening one takes 1 ms.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": DATABASE_WAIT_SECONDS,
        # FULL: a commit of "sending" must survive a power cut, or a voice could be cloned twice.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-8000",
    }
else:
    # A pool needs fewer connections than there are threads. Our backend checks each connection that it takes.
    DATABASES["default"] |= {
        "ENGINE": "voicestudio.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
    }
    DATABASES["default"]["OPTIONS"] = {
        # A pool that still tries to connect is at most 2 s from its next try; one that gave up tries at once.
        "pool": {
            "min_size": 1, "max_size": 16,
            "timeout": DATABASE_WAIT_SECONDS, "reconnect_timeout": DATABASE_WAIT_SECONDS,
        },
        # A server that is gone without a word is noticed as well, in the middle of a query too.
        "connect_timeout": 3, "tcp_user_timeout": 4_000,
        "keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 2,
        "options": f"-c lock_timeout={DATABASE_WAIT_SECONDS}s",
    } | DATABASES["default"].get("OPTIONS", {})  # fmt: skip

# --- cache: shared by all processes, or login limits multiply with their number ---------------------
CACHES: dict[str, dict[str, Any]] = {"default": env.dj_cache_url("CACHE_URL", "db://voicestudio_cache")}
# Django's own, but they say so when a login cannot be counted.
OUR_CACHES = {
    "django.core.cache.backends.db.DatabaseCache": "voices.web.caches.database.DatabaseCache",
    "django.core.cache.backends.redis.RedisCache": "voices.web.caches.redis.RedisCache",
}
CACHES["default"]["BACKEND"] = OUR_CACHES.get(CACHES["default"]["BACKEND"], CACHES["default"]["BACKEND"])

# --- mail ------------------------------------------------------------------------------------------
SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Schemes of ours beside those of dj-email-url, which reads these two as SMTP without encryption.
ENCRYPTED_SMTP = {"smtp+tls": {"EMAIL_USE_TLS": True}, "smtp+ssl": {"EMAIL_USE_SSL": True}}
MAILER_OPTIONS = {  # by backend: the option of Django 6.1 and the setting of 5.2 that it replaces
    SMTP: {
        "host": "EMAIL_HOST", "port": "EMAIL_PORT", "username": "EMAIL_HOST_USER", "timeout": "EMAIL_TIMEOUT",
        "password": "EMAIL_HOST_PASSWORD", "use_tls": "EMAIL_USE_TLS", "use_ssl": "EMAIL_USE_SSL",
    },
    "django.core.mail.backends.filebased.EmailBackend": {"file_path": "EMAIL_FILE_PATH"},
}  # fmt: skip


def mail_settings(url: str, *, version: tuple[Any, ...] = VERSION) -> dict[str, Any]:
    """Return Django's settings for an email URL: EMAIL_*, or from Django 6.1 on MAILERS, which replaces them."""
    parsed: dict[str, Any] = dj_email_url.parse(url)  # type: ignore[no-untyped-call]  # has no types
    if encryption := ENCRYPTED_SMTP.get(url.partition(":")[0]):
        parsed |= {"EMAIL_BACKEND": SMTP} | encryption
    if "EMAIL_BACKEND" not in parsed:
        raise ImproperlyConfigured("VOICESTUDIO_EMAIL_URL is neither console: nor an smtp+tls:// address.")
    if version < (6, 1):
        return parsed
    names = MAILER_OPTIONS.get(parsed["EMAIL_BACKEND"], {})
    options = {option: parsed[name] for option, name in names.items() if parsed[name]}
    return {"MAILERS": {"default": {"BACKEND": parsed["EMAIL_BACKEND"], "OPTIONS": options}}}


_mail_url = env.str("EMAIL_URL", "console:")
vars().update(mail_settings(_mail_url))
SENDS_MAIL: bool = not _mail_url.startswith("console:")
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", "voice-studio@localhost")

# --- files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # what browsers and crawlers ask for at fixed addresses
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"


def storage(url: str) -> dict[str, Any]:
    """Return the storage of recordings and previews: a folder or s3://bucket/prefix?endpoint_url=...&region_name=..."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        options: dict[str, Any] = {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "default_acl": None,
        }
        return {
            "BACKEND": "voices.actions.s3.S3",
            "OPTIONS": options | dict(parse_qsl(parts.query)),
        }
    if parts.scheme not in {"", "file"}:
        raise ImproperlyConfigured("VOICESTUDIO_STORAGE_URL is neither a folder nor an s3:// URL.")
    options = {"location": parts.path or str(MEDIA_ROOT), "file_permissions_mode": 0o600}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


STORAGES = {
    "default": storage(env.str("STORAGE_URL", "")),
    "staticfiles": {"BACKEND": "voices.web.static.HashedStaticFiles"},
}
# With less than this left on a disk, /readyz says so.
MIN_FREE_MB = env.int("MIN_FREE_MB", 200)
# Temporary files are on the same disk as the storage, so that storing a sample is a rename, not a copy.
FILE_UPLOAD_TEMP_DIR = UPLOAD_DIR
FILE_UPLOAD_HANDLERS = ["voices.web.clone.uploads.HashingUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # larger request bodies are kept on disk
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20  # each is an open file; a page without script sends up to 10


# --- logging: one line per message to stderr; httpx at WARNING, since its INFO lines have full URLs ----
def one_line(record: LogRecord) -> bool:
    """Drop the traceback of refused requests and of outages: each takes one line of the log. Return True."""
    status = getattr(record, "status_code", 500)
    is_refusal = record.name == "django.request" and (status < 500 or status in {503, 507})
    if is_refusal or record.name.startswith("django.security."):
        record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "filters": {"one_line": {"()": "django.utils.log.CallbackFilter", "callback": one_line}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["one_line"]},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("httpx", "httpcore", "httpx2", "httpcore2")},
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
