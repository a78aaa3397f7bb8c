"""Whatever an answer holds, reading it ends in a value or in one of our errors."""

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.althea.cast import NOW
from voices.althea import Account, AltheaError, GarbledAnswerError, ProviderKeys, Voice, VoicePage
from voices.althea.error_mapping import MAX_WAIT_SECONDS, error_for, wait_seconds
from voices.althea.json_text import read_json
from voices.althea.url_policy import normalise_base
from voices.kit.addresses import is_public

FIELDS = [
    "voiceId",
    "name",
    "results",
    "next",
    "total",
    "definition",
    "accountId",
    "detail",
    "elevenLabs",
    "prefix",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner),
    max_leaves=20,
)
DATES = st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))


@settings(max_examples=60, deadline=None)
@given(value=JSON)
def test_any_json_is_a_value_or_garbled(value: object) -> None:
    clean = read_json(json.dumps(value).encode())
    json.dumps(clean, allow_nan=False, ensure_ascii=False).encode()
    for kind in (Voice, VoicePage, Account, ProviderKeys):
        with suppress(GarbledAnswerError):
            kind.from_json(clean)


@settings(max_examples=60, deadline=None)
@given(
    status=st.integers(300, 599),
    body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()),
    wait=st.none() | st.text(max_size=60) | DATES,
)
def test_any_refusal_is_one_error_of_bounded_length(status: int, body: bytes, wait: str | None) -> None:
    headers = {} if wait is None else {"retry-after": wait}
    error = error_for(status=status, headers=headers, body=body, now=NOW)
    assert isinstance(error, AltheaError)
    assert error.status == status
    assert len(error.message) < 500
    assert len(error.fields) <= 20


@settings(max_examples=60, deadline=None)
@given(value=st.text(max_size=60) | DATES | st.from_regex(r"\d+ \w{3} \d+ \d+:\d+:\d+ .*", fullmatch=True))
def test_any_retry_after_is_a_bounded_wait(value: str) -> None:
    assert 0.0 <= wait_seconds(value, now=NOW) <= MAX_WAIT_SECONDS


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80) | st.ip_addresses().map(str))
def test_any_address_is_judged_without_an_exception(text: str) -> None:
    is_public(text)
    with suppress(ValueError):
        normalise_base(text)
    with suppress(ValueError):
        normalise_base(f"https://{text}")
