"""A key that Althea quotes is masked by its value, wherever it stands and however it is encoded."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.althea.cast import KEY, NOW
from voices.althea.error_mapping import error_for
from voices.althea.json_text import read_json
from voices.althea.masking import mask_text
from voices.kit.secret import Secret

PART = KEY[9:]
MASKED = "Zk9Ht7Lm…D4sT"
STRANGE = "Cn4ryK3y.S3cretB0dy+that/must=never&leak<9>"
ENCODED = {
    "plain": KEY,
    "part": PART,
    "quoted": KEY.replace(".", "%2E"),
    "quoted twice": KEY.replace(".", "%252e"),
    "every letter quoted": "".join(f"%{ord(letter):02x}" for letter in KEY),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "basic": base64.b64encode(f":{KEY}".encode()).decode(),
    "bearer": base64.b64encode(f"ab{KEY}:x".encode()).decode(),
    "part as base64": base64.b64encode(PART.encode()).decode(),
}
HIDDEN = {
    PART,
    base64.b64encode(KEY.encode()).decode()[16:40],
    base64.b64encode(PART.encode()).decode()[4:36],
}


def leaks(shown: str) -> list[str]:
    return [hidden for hidden in HIDDEN if hidden in shown]


@pytest.mark.parametrize("form", ENCODED.values(), ids=ENCODED.keys())
@pytest.mark.parametrize("where", ["text", "name", "deep"])
def test_read_json_masks_a_key_in_texts_and_names(form: str, where: str) -> None:
    body: Any = {"text": {"detail": f"x {form} y"}, "name": {form: ["no"]}, "deep": [{"a": {form: [form]}}]}[
        where
    ]
    shown = json.dumps(read_json(json.dumps(body).encode(), hidden=(Secret(KEY),)))
    assert leaks(shown) == []
    assert "D4sT" in shown or MASKED.encode("ascii", "backslashreplace").decode() in shown


def test_error_for_masks_a_key_used_as_a_field_name() -> None:
    error = error_for(
        status=400, headers={}, body=json.dumps({KEY: ["no"]}).encode(), now=NOW, hidden=(Secret(KEY),)
    )
    assert error.fields == ((MASKED, "no"),)
    assert error.message == f"Althea refused the request. Althea said: {MASKED}: no"


def test_error_for_drops_field_names_over_60_letters() -> None:
    body = json.dumps({"a" * 61: ["one"], "b" * 60: ["two"], "c": {"d" * 60: ["three"]}}).encode()
    error = error_for(status=400, headers={}, body=body, now=NOW)
    assert error.fields == (("", "one"), ("b" * 60, "two"), ("c", "three"))


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"detail": KEY}).replace("w", "\\u0077").encode(),
        json.dumps({"detail": KEY}).replace("w", "\\u0000w").encode(),
        json.dumps({"detail": KEY}).encode("utf-16"),
    ],
    ids=["escaped", "with NUL", "utf-16"],
)
def test_read_json_masks_a_key_behind_json_escapes(body: bytes) -> None:
    assert read_json(body, hidden=(Secret(KEY),)) == {"detail": MASKED}


@pytest.mark.parametrize("form", [STRANGE, quote(STRANGE), quote(STRANGE, safe="")])
def test_mask_text_masks_a_key_of_strange_letters(form: str) -> None:
    assert mask_text(f"key={form};", (Secret(STRANGE),)) == "key=Cn4ryK3y…k<9>;"
    assert read_json(json.dumps([form]).encode(), hidden=(Secret(STRANGE),)) == ["Cn4ryK3y…k<9>"]


def test_answers_without_a_key_stay_as_they_are() -> None:
    body = {
        "name": "100 % Anna.",
        "url": "https://x.example/a%2Fb?c=%7E",
        "text": 'a "b" \\ \u00e4',
        "n": [1, None],
    }
    assert read_json(json.dumps(body).encode(), hidden=(Secret(KEY), Secret(""))) == body
