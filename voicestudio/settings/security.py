"""Secrets, HTTPS, cookies and sessions."""

from functools import partial

from voices.kit.receipts import load_or_make_signing_key
from voices.kit.sealing import load_or_make_secret_file, read_secret_file, split_keys
from voicestudio.settings.environment import DATA_DIR, env, long_key, make_folder, secret

SECRETS_DIR = make_folder(DATA_DIR / "secrets")
SECRET_KEY = secret(
    "SECRET_KEY", SECRETS_DIR / "secret.key", partial(load_or_make_secret_file, make=long_key)
)
# The first encrypts, all decrypt: put a new one first, run rotate_keys, remove the old one.
# Empty until the first start makes the file (voices/gateway.py), which needs to know that nothing is sealed yet.
ENCRYPTION_KEY_FILE = SECRETS_DIR / "enc.key"
ENCRYPTION_KEYS_IN_FILE = not any(env.str(f"ENCRYPTION_KEYS{end}", "") for end in ("", "_FILE"))
ENCRYPTION_KEYS = split_keys(secret("ENCRYPTION_KEYS", ENCRYPTION_KEY_FILE, read_secret_file))
# Signs consent receipts. Another one may take its place at any time: the public keys of all stay published.
RECEIPT_KEY = secret("RECEIPT_KEY", SECRETS_DIR / "receipt.key", load_or_make_signing_key)
# Marks what Voice Studio itself wrote into the activity trail; the database does not have it.
ACTIVITY_KEY = secret(
    "ACTIVITY_KEY", SECRETS_DIR / "activity.key", partial(load_or_make_secret_file, make=long_key)
)
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
SECURE_REDIRECT_EXEMPT = [r"^readyz$", r"^metrics$"]
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
# How long a session lasts that nobody uses, and how long one that is used.
SESSION_COOKIE_AGE = round(env.float("SESSION_IDLE_HOURS", 12.0) * 3600)
SESSION_MAX_SECONDS = round(env.float("SESSION_MAX_DAYS", 7.0) * 24 * 3600)
CSRF_FAILURE_VIEW = "voices.web.health.csrf_failed"
DEFAULT_EXCEPTION_REPORTER_FILTER = "voices.web.error_reports.ReportFilter"
