"""A database that lasts for a module: its rows share one worker and one sandbox, and are judged one by one."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from tests.base import Cast, make_cast
from tests.sandbox.live import LiveSandbox


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, committed, so that other processes see it; everything is gone afterwards."""
    with django_db_blocker.unblock():
        yield make_cast()
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSandbox]:
    """The sandbox that the module's keys lead to."""
    with LiveSandbox(tmp_path_factory.mktemp("sandbox")) as live:
        yield live
