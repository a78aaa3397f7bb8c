"""The tests' settings for a worker in a process of its own: the database is the one that the tests made."""

import os

from tests.settings import *  # noqa: F403  # the tests' own, with the database's name put in
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["TESTS_DATABASE_NAME"]
