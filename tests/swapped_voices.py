"""A voice that agents use, and the one that replaces it."""

import pytest

from tests.base import Cast
from tests.builders import make_voice
from tests.sandbox_voices import Living
from voices.models import ApiKey, Voice


@pytest.fixture
def key(cast: Cast, living: Living) -> ApiKey:
    return living.key(cast.ed)


@pytest.fixture
def old(cast: Cast, living: Living, key: ApiKey) -> Voice:
    return make_voice(cast.ed, account=living.account, voice_id="old-id", name="Marlene")


@pytest.fixture
def new(cast: Cast, living: Living, key: ApiKey) -> Voice:
    return make_voice(cast.ed, account=living.account, voice_id="new-id", name="Bella")
