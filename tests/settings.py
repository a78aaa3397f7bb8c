"""The product's settings with a data folder of the tests' own, quick password hashes and unhashed static files."""

import atexit
import os
import shutil
import tempfile

# Before the product's settings are read: tests never touch a developer's own data or environment.
if "VOICESTUDIO_TEST_DIR" not in os.environ:
    os.environ["VOICESTUDIO_TEST_DIR"] = tempfile.mkdtemp(prefix="voicestudio-tests-")
    atexit.register(shutil.rmtree, os.environ["VOICESTUDIO_TEST_DIR"], ignore_errors=True)
# Each of pytest-xdist's workers has a folder of its own: they sweep, fill and count files.
if (worker := os.environ.get("PYTEST_XDIST_WORKER", "")) not in os.environ["VOICESTUDIO_TEST_DIR"]:
    os.environ["VOICESTUDIO_TEST_DIR"] += f"/{worker}"
os.environ["VOICESTUDIO_DATA_DIR"] = os.environ["VOICESTUDIO_TEST_DIR"]
os.environ["VOICESTUDIO_SANDBOX"] = "on"
os.environ["OPENBLAS_NUM_THREADS"] = (
    "1"  # as in the children: threads of several tests would wait for each other
)

from voices.kit.sealing import load_or_make_secret_file, make_key
from voicestudio.settings import *  # noqa: F403  # the product's own, with the few changes below
from voicestudio.settings import DATA_DIR, DATABASES, ENCRYPTION_KEY_FILE, STORAGES

# On file, for the worker processes that tests start; a first start would make it later.
ENCRYPTION_KEYS = [load_or_make_secret_file(ENCRYPTION_KEY_FILE, make_key)]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
SENDS_MAIL = True  # into the outbox of the tests
# A file, as in life: SQLite's shared in-memory mode locks whole tables, and a worker process could not open it.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    # A killed process loses nothing without it; only a power cut would, and no test cuts the power.
    DATABASES["default"]["OPTIONS"]["init_command"] += ";PRAGMA synchronous=OFF"
