"""Two to four voices side by side: what differs is marked in words, and nobody sees another team's voices."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.base import Cast
from tests.builders import make_account, make_preview, make_voice
from voices.access import get_compared_voices_for
from voices.library.comparison import compare
from voices.models import Voice

URL = "/voices/compare/"
DAY = date(2026, 11, 29)


@pytest.fixture
def voices(cast: Cast) -> list[Voice]:
    """Two of one engine, one of another."""
    account = make_account()
    definitions: dict[str, dict[str, Any]] = {
        "Anna": {"lmnt": {"voiceId": "leah", "model": "aurora", "speed": 1}},
        "Bruno": {"lmnt": {"voiceId": "leah", "model": "blizzard", "conversational": True}},
        "Carla": {"google": {"voiceId": "en-US-Chirp3-HD-Charon", "speakingRate": 1.5}},
    }
    return [
        make_voice(cast.ed, name=name, account=account, provider=next(iter(given)), definition=given)
        for name, given in definitions.items()
    ]


def query(*voices: Voice, **more: str) -> dict[str, Any]:
    return {"voice": [str(voice.pk) for voice in voices], **more}


def page(browser: Client, *voices: Voice, **more: str) -> str:
    """The page's words."""
    answer = browser.get(URL, query(*voices, **more))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_comparison_tells_what_differs(cast: Cast, voices: list[Voice]) -> None:
    read = get_compared_voices_for(cast.ed, [voice.pk for voice in voices[:2]])
    rows = {row.label: (row.values, row.differs) for part in compare(read, today=DAY) for row in part.rows}
    assert rows.pop("Account") == (("Northwind", "Northwind"), False)
    assert rows == {
        "Engine": (("LMNT", "LMNT"), False),
        "Language": (("🇺🇸 English (United States)",) * 2, False),
        "Stage": (("Draft", "Draft"), False),
        "Model status": (("aurora is deprecated", ""), True),
        "Billing": (("Included in Althea's price",) * 2, False),
        "Added by": (("Ed", "Ed"), False),
        "Voice": (("leah", "leah"), False),
        "Model": (("aurora", "blizzard"), True),
        # Given as 1 and left out, it is the same speed.
        "Speed": (("1× (default)",) * 2, False),
        "Conversational style": (("Default", "Yes"), True),
    }


def test_setting_that_an_engine_lacks_is_not_its_default(cast: Cast, voices: list[Voice]) -> None:
    read = get_compared_voices_for(cast.ed, [voices[1].pk, voices[2].pk])
    rows = {row.label: row.values for part in compare(read, today=DAY) for row in part.rows}
    assert rows["Conversational style"] == ("Yes", "")
    assert rows["Speaking rate"] == ("", "1.5× (0.25 to 2)")


def test_page_marks_differences_and_has_each_player(cast: Cast, voices: list[Voice]) -> None:
    make_preview(voices[0])
    browser = cast.login(cast.vera)
    shown = page(browser, *voices)
    assert shown.count('<span class="differs-mark">Differs</span>') == 7
    assert shown.count('role="group" aria-label="Preview of ') == 3
    assert f"/voices/{voices[0].pk}/audio/" in shown
    only = page(browser, *voices[:2], only="differences")
    assert "Conversational style" in only
    assert "Billing" not in only


def test_page_reads_four_voices_as_cheaply_as_two(cast: Cast, voices: list[Voice]) -> None:
    browser, counts = cast.login(cast.ed), []
    page(browser, *voices[:2])
    for some in (voices[:2], [*voices, make_voice(cast.ada, name="Dora")]):
        with CaptureQueriesContext(connection) as queries:
            page(browser, *some)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_one_or_five_voices_are_answered_by_a_sentence(cast: Cast, voices: list[Voice]) -> None:
    browser = cast.login(cast.ed)
    assert "Select at least two voices" in page(browser, voices[0], voices[0])
    more = [make_voice(cast.ed, name=f"V{number}") for number in range(2)]
    assert "at most four voices" in page(browser, *voices, *more)


def test_no_comparison_with_a_voice_of_another_team(cast: Cast, voices: list[Voice]) -> None:
    browser, foreign = cast.login(cast.ed), make_voice(cast.sam, name="Foreign")
    for given in (str(foreign.pk), str(uuid4()), "x"):
        assert browser.get(URL, {"voice": [str(voices[0].pk), given]}).status_code == 404
    Voice.objects.filter(pk=voices[1].pk).update(deleted_at=voices[1].created_at)
    assert browser.get(URL, query(*voices)).status_code == 404


def test_selected_voices_are_taken_to_the_comparison(cast: Cast, voices: list[Voice]) -> None:
    browser = cast.login(cast.vera)
    answer = browser.post(URL, query(*voices[:2]))
    assert (answer.status_code, answer["Location"].count("voice=")) == (303, 2)
    assert "Compare voices" in browser.get(answer["Location"]).content.decode()
    assert browser.post(URL, {"query": "q=x"})["Location"] == "/?q=x"
