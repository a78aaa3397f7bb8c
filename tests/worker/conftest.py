"""A running sandbox for the worker; its keys lead there."""

import pytest

from tests.base import Cast
from tests.builders import make_key
from tests.running_sandbox import living, running, sandbox
from tests.sandbox.live import LiveSandbox
from voices.models import ApiKey

__all__ = ["living", "running", "sandbox"]


@pytest.fixture
def secret(sandbox: LiveSandbox) -> str:
    return sandbox.key()


@pytest.fixture
def key(cast: Cast, secret: str) -> ApiKey:
    return make_key(cast.ed, secret=secret)
