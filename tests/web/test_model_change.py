"""The page that gives voices another model: which ones, what it says of the others, and what it refuses."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_account, make_key, make_voice
from tests.web.routes import NOWHERE
from voices.models import BulkRun, Voice

URL = "/models/change/?model=sonic-english"
OLD = {"cartesia": {"voiceId": "x", "model": "sonic-english"}}
EXTERNAL = "VOICE_BILLING_STYLE_EXTERNAL"


@pytest.fixture(autouse=True)
def alone(db: None, settings: Settings) -> None:
    """No Althea answers."""
    settings.SANDBOX_URL = settings.ALTHEA_URL = NOWHERE
    cache.clear()


@pytest.fixture
def voices(cast: Cast) -> dict[str, Voice]:
    """Of Ed's account, of one that he has no key of, and two that the page does not list."""
    account = make_key(cast.ed).account
    common: dict[str, Any] = {"definition": OLD, "billing_style": EXTERNAL, "account": account}
    facts: dict[str, dict[str, Any]] = {
        "Anna": {}, "Bruno": {}, "Keyless": {"account": make_account(name="Elsewhere")},
        "Public": {"ownership": "public"},
        "Newer": {"definition": {"cartesia": {"voiceId": "x", "model": "sonic-3.5"}}},
    }  # fmt: skip
    return {name: make_voice(cast.ed, name=name, **common | given) for name, given in facts.items()}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def post(browser: Client, *voices: Voice, to: str = "sonic-3.5") -> Any:
    return browser.post(URL, {"to": to, "voice": [str(voice.pk) for voice in voices]})


def test_page_lists_what_can_be_changed_and_why_not(cast: Cast, voices: dict[str, Voice]) -> None:
    page = text(cast.login(cast.ed).get(URL))
    assert "sonic-english was retired on 1 June 2026. Cartesia recommends sonic-3.5." in page
    assert 'value="sonic-3.5"' in page
    assert [name for name, voice in voices.items() if f'value="{voice.pk}" checked' in page] == [
        "Anna",
        "Bruno",
    ]
    assert "<b>1 voice can't be changed.</b>" in page
    assert "you need your own key" in page
    assert ("Public" in page, "Newer" in page) == (False, False)


def test_agents_are_loaded_after_the_page_or_by_a_link(cast: Cast, voices: dict[str, Voice]) -> None:
    ed = cast.login(cast.ed)
    assert f'href="{URL}&amp;agents=1"' in text(ed.get(URL))
    for answer in (ed.get(URL, headers={"HX-Request": "true"}), ed.get(f"{URL}&agents=1")):
        assert "Couldn't load the agents in" in text(answer)


def test_chosen_voices_are_queued_with_both_models(cast: Cast, voices: dict[str, Voice]) -> None:
    ed = cast.login(cast.ed)
    answer = post(ed, voices["Anna"], voices["Keyless"], voices["Newer"])
    run = BulkRun.objects.get()
    assert answer["Location"] == f"/bulk/{run.pk}/"
    assert (run.verb, run.argument) == ("model", {"old": "sonic-english", "new": "sonic-3.5"})
    assert sorted(run.items.values_list("name", "state")) == [("Anna", "waiting"), ("Keyless", "failed")]
    assert "Change the model of 2 voices from sonic-english to sonic-3.5" in text(ed.get(answer["Location"]))


@pytest.mark.parametrize(
    ("chosen", "to", "problem"),
    [
        (["Anna"], "", "Enter the name of the new model."),
        (["Anna"], "sonic", "sonic was retired on 1 June 2026. Cartesia recommends sonic-3.5."),
        (["Anna"], "m" * 81, "at most 80 characters"),
        ([], "sonic-3.5", "Choose at least one voice."),
        (["Newer"], "sonic-3.5", "Choose at least one voice."),
    ],
)
def test_refused_change_of_models_keeps_what_was_typed(
    cast: Cast, voices: dict[str, Voice], chosen: list[str], to: str, problem: str
) -> None:
    answer = post(cast.login(cast.ed), *(voices[name] for name in chosen), to=to)
    assert (answer.status_code, BulkRun.objects.count()) == (422, 0)
    page = text(answer)
    assert problem in page
    assert f'value="{to}"' in page or not to
    assert (f'value="{voices["Anna"].pk}" checked' in page) == ("Anna" in chosen)


def test_models_that_are_not_ageing_have_no_page(cast: Cast, voices: dict[str, Voice]) -> None:
    ed = cast.login(cast.ed)
    assert ed.get("/models/change/?model=sonic-3.5").status_code == 404
    assert cast.login(cast.vera).get(URL).status_code == 403
    assert "None of your team's own voices use it" in text(cast.login(cast.sam).get(URL))


def test_voice_and_row_say_that_the_model_is_retired(cast: Cast, voices: dict[str, Voice]) -> None:
    ed, said = cast.login(cast.ed), "sonic-english was retired on 1 June 2026. Cartesia recommends sonic-3.5."
    page = text(ed.get(f"/voices/{voices['Anna'].pk}/"))
    assert said in page
    assert f'href="{URL}"' in page
    assert f'href="{URL}"' not in text(cast.login(cast.vera).get(f"/voices/{voices['Anna'].pk}/"))
    library = text(ed.get("/"))
    assert library.count(f'title="{said}">Model retired</span>') == 4
    Voice.objects.filter(pk=voices["Anna"].pk).update(origin="cloned")
    page = text(ed.get(f"/voices/{voices['Anna'].pk}/"))
    assert (said in page, f'href="{URL}"' in page) == (True, False)
