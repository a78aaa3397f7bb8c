"""An error body of any shape becomes pairs of field and text, and the right error."""

import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.althea.cast import KEY, NOW
from voices.althea import errors
from voices.althea.error_mapping import DEFAULT_WAIT_SECONDS, error_for, flatten, wait_seconds
from voices.kit.secret import Secret


def refused(status: int, body: Any = b"", **headers: str) -> errors.AltheaError:
    """Return the error of an answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_for(status=status, headers=headers, body=content, now=NOW, hidden=(Secret(KEY),))


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        ({"name": ["This field is required."]}, [("name", "This field is required.")]),
        ({"file": ["No file was submitted."]}, [("file", "No file was submitted.")]),
        ({"detail": "JSON parse error"}, [("", "JSON parse error")]),
        ({"name": "a text, no list"}, [("name", "a text, no list")]),
        (["Your account is full."], [("", "Your account is full.")]),
        ("a text", [("", "a text")]),
        ({"non_field_errors": ["both"]}, [("", "both")]),
        ({"name": ["one", "two"], "file": ["three"]}, [("name", "one"), ("name", "two"), ("file", "three")]),
        ({"definition": {"cartesia": {"speed": ["low"]}}}, [("definition.cartesia.speed", "low")]),
        ({"errors": [{"detail": "deep"}]}, [("", "deep")]),
        ({"name": [{"message": "wrong"}]}, [("name", "wrong")]),
        ({"name": None, "file": [], "x": {}}, []),
        ({"speed": 3, "on": True}, [("speed", "3"), ("on", "True")]),
        ({"name": ["  many \n spaces "]}, [("name", "many spaces")]),
        ([[[[[[[[["too deep"]]]]]]]]], []),
        (b"", []),
        (b"<!doctype html><h1>Server Error (500)</h1>", []),
        (b'{"name": ["cut o', []),
        (b"\xff\xfe\x00garbage", []),
        (b"[" * 200_000, []),
    ],
)
def test_any_body_flattens_to_fields_and_texts(body: Any, pairs: list[tuple[str, str]]) -> None:
    assert list(flatten(body if isinstance(body, bytes) else json.dumps(body).encode())) == pairs


def test_flat_texts_are_bounded() -> None:
    pairs = flatten(json.dumps({"f" * 999: ["x" * 9_999] * 99}).encode())
    assert len(pairs) == 20
    assert {(len(field), len(text)) for field, text in pairs} == {(0, 300)}
    assert len(str(refused(400, {"name": ["x" * 9_999] * 99}))) < 400


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, errors.GarbledAnswerError),
        (400, errors.InvalidFieldsError),
        (401, errors.KeyRefusedError),
        (402, errors.NoAllowanceError),
        (403, errors.KeyRefusedError),
        (404, errors.GoneError),
        (405, errors.InvalidFieldsError),
        (408, errors.UnknownOutcomeError),
        (409, errors.InvalidFieldsError),
        (410, errors.GoneError),
        (413, errors.InvalidFieldsError),
        (415, errors.InvalidFieldsError),
        (418, errors.InvalidFieldsError),
        (422, errors.InvalidFieldsError),
        (429, errors.ThrottledError),
        (500, errors.UnknownOutcomeError),
        (502, errors.UnknownOutcomeError),
        (503, errors.UnknownOutcomeError),
        (504, errors.UnknownOutcomeError),
    ],
)
def test_the_status_decides_the_error(status: int, kind: type[errors.AltheaError]) -> None:
    error = refused(status, b'{"detail": "no"}')
    assert type(error) is kind
    assert error.status == status
    assert error.message.endswith("no")


# One status that is looked up by table, one by range: the body is flattened before either is looked at.
@pytest.mark.parametrize(
    ("status", "kind"), [(400, errors.InvalidFieldsError), (500, errors.UnknownOutcomeError)]
)
@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", b"[]", b'"no"'])
def test_a_body_of_any_shape_leaves_the_status_in_charge(
    status: int, kind: type[errors.AltheaError], body: bytes
) -> None:
    error = refused(status, body)
    assert type(error) is kind
    assert error.message.endswith((".", "no", "Oops"))


PAGE = f"""<!doctype html><html><head><title>400 Bad\nRequest</title><style>h1 {{ color: red }}</style></head>
<body><h1>voice_not_found &amp; more</h1><script>track("x")</script><p>key {KEY}</p></body></html>"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (PAGE, "400 Bad Request voice_not_found & more key Zk9Ht7Lm…D4sT"),
        ("voice_not_found\n", "voice_not_found"),
        ("<b>" + "x" * 400, "x" * 300),
        ("", ""),
        ("{}", ""),
        ('{"detail": "cut o', ""),
        ("<![x[", ""),
        ("<script>only()", ""),
        ("\x00\x01", ""),
        ("x" * 20_001, ""),
    ],
)
def test_a_refusal_that_is_no_json_is_quoted_as_people_read_it(body: str, words: str) -> None:
    error = refused(400, body.encode())
    assert type(error) is errors.InvalidFieldsError
    assert error.fields == ((("", words),) if words else ())
    assert error.message == "Althea refused the request." + (f" The answer said: {words}" if words else "")


def test_words_of_a_page_never_change_what_a_refusal_means() -> None:
    assert type(refused(400, b"<p>A voice with this name already exists.</p>")) is errors.InvalidFieldsError


@pytest.mark.parametrize(
    "body",
    [
        {"name": ["This field must be unique."]},
        {"name": ["A voice with this name already exists."]},
        {"name": ["Name is already taken"]},
        {"name": "duplicate"},
        {"name": ["In use."]},
        {"detail": "A voice named 'Anna' already exists."},
        {"detail": "Voice name must be unique within your account."},
        ["Duplicate voice name."],
        {"detail": 'duplicate key value violates unique constraint "voice_account_name"'},
        {"non_field_errors": ["The fields account, name must make a unique set."]},
        {"errors": {"name": [{"message": "already exists", "code": "unique"}]}},
    ],
)
def test_a_taken_name_is_known_by_its_words(body: Any) -> None:
    assert type(refused(400, body)) is errors.NameTakenError


@pytest.mark.parametrize(
    "body",
    [
        ["Your account has reached its limit of custom voices."],
        {"detail": "Your account has reached its limit of custom voices."},
        {"detail": "Maximum number of voices reached."},
        {"detail": "Only one cloned voice is allowed per account."},
        {"detail": "Too many voices on this plan."},
        {"non_field_errors": ["Voice quota used up."]},
    ],
)
def test_a_full_account_is_known_by_its_words(body: Any) -> None:
    assert type(refused(400, body)) is errors.LimitReachedError


# The words and the status are judged apart, so each status is tried with one wording only.
@pytest.mark.parametrize(
    ("status", "taken", "full"),
    [
        (400, errors.NameTakenError, errors.LimitReachedError),
        (403, errors.KeyRefusedError, errors.LimitReachedError),
        (409, errors.NameTakenError, errors.LimitReachedError),
        (422, errors.NameTakenError, errors.LimitReachedError),
        (500, errors.UnknownOutcomeError, errors.UnknownOutcomeError),
    ],
)
def test_the_words_count_for_refusals_only(status: int, taken: type, full: type) -> None:
    assert type(refused(status, {"name": ["This field must be unique."]})) is taken
    assert type(refused(status, ["Your account has reached its limit of custom voices."])) is full


@pytest.mark.parametrize(
    "body",
    [
        {"name": ["This field is required."]},
        {"name": ["Ensure this field has no more than 40 characters."]},
        {"name": ["This field may not be blank."]},
        {"description": ["Must be unique."]},
        {"file": ["File size limit of 10 MB exceeded for this account."]},
        {"detail": "Only .mp3 and .wav files are allowed for voice cloning."},
        {"detail": "The file exceeds the maximum number of bytes allowed for a voice."},
        {"detail": 'Method "PUT" not allowed.'},
        {"voiceId": ["The provider's voice does not exist."]},
        {"detail": "The audio is too short."},
    ],
)
def test_other_refusals_are_neither_taken_nor_full(body: Any) -> None:
    error = refused(400, body)
    assert type(error) is errors.InvalidFieldsError
    assert error.fields[0][1] in error.message


def test_a_quoted_key_is_masked_in_texts_and_message() -> None:
    error = refused(403, {"detail": f"Invalid API key {KEY}"})
    assert KEY not in error.message + str(error.fields) + repr(error)
    assert error.fields == (("", "Invalid API key Zk9Ht7Lm…D4sT"),)


def test_a_key_cut_by_the_length_limit_is_still_masked() -> None:
    error = refused(403, {"detail": "x" * 280 + KEY})
    assert KEY[8:12] not in error.message + str(error.fields)


def test_nul_and_half_characters_are_dropped_from_texts() -> None:
    assert flatten(b'{"name": ["a\\u0000b\\ud800c"]}') == (("name", "ab?c"),)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("99999", 600.0),
        ("999999999999", 600.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW + timedelta(days=3), usegmt=True), 600.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("Sat, 01 Aug 2026 12:00:09 GMT", 9.0),
        ("Sat, 01 Aug 2026 14:00:09 +0200", 9.0),
        ("Sat, 01 Aug 2026 12:00:09 -0000", 9.0),
        ("Saturday, 01-Aug-26 12:00:09 GMT", 9.0),
        (None, DEFAULT_WAIT_SECONDS),
        ("", DEFAULT_WAIT_SECONDS),
        ("-3", DEFAULT_WAIT_SECONDS),
        ("nan", DEFAULT_WAIT_SECONDS),
        ("inf", DEFAULT_WAIT_SECONDS),
        ("1e9", DEFAULT_WAIT_SECONDS),
        ("soon", DEFAULT_WAIT_SECONDS),
        ("Sat, 99 Aug 2026 12:00:09 GMT", DEFAULT_WAIT_SECONDS),
        ("Sat, 01 Aug 99999999 12:00:09 GMT", DEFAULT_WAIT_SECONDS),
        ("9" * 5_000, DEFAULT_WAIT_SECONDS),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, seconds: float) -> None:
    assert wait_seconds(value, now=NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_throttled_carries_retry_after(status: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=42), usegmt=True)
    error = refused(status, {"detail": "Request was throttled."}, **{"retry-after": date})
    assert isinstance(error, errors.ThrottledError)
    assert error.retry_after_seconds == 42.0


def test_429_without_retry_after_waits_the_default() -> None:
    error = refused(429)
    assert isinstance(error, errors.ThrottledError)
    assert error.retry_after_seconds == DEFAULT_WAIT_SECONDS
