"""Commands against our own API."""

import json

from tests.base import Cast
from tests.builders import make_order, make_voice
from tests.cli.programs import run
from voices.cli.filters import NAMES
from voices.library.filters import all_filters
from voices.models import Voice


def test_commands_and_tools_have_every_filter() -> None:
    assert set(NAMES) == set(all_filters())


def test_list_shows_the_teams_voices(cast: Cast) -> None:
    voice = make_voice(cast.ed, name="Marlene", stage="approved", primary_language="de-DE")
    make_voice(cast.sam, name="Foreign")
    done = run(cast.vera, "list", scopes=("read",))
    assert done.stdout == f"{voice.pk}  de-DE  approved  Marlene\n"
    assert done.stderr == "1 voice.\n"


def test_search_pages_through_everything(cast: Cast) -> None:
    for number in range(3):
        make_voice(cast.ed, name=f"Warm {number}")
    make_voice(cast.ed, name="Cold")
    found = json.loads(run(cast.vera, "search", "warm", "--sort", "name", "--json").stdout)
    assert ([one["name"] for one in found["results"]], found["total"]) == (["Warm 0", "Warm 1", "Warm 2"], 3)


def test_unknown_values_of_filters_are_the_apis_sentence(cast: Cast) -> None:
    done = run(cast.vera, "list", "--stage", "secret")
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.stderr.startswith("Error: stage: This isn't a value of stage, which are draft,")


def test_show_prints_a_voice(cast: Cast) -> None:
    voice = make_voice(cast.ed, name="Marlene")
    order = make_order(cast.ed, voice)
    lines = dict(line.split(None, 1) for line in run(cast.vera, "show", str(voice.pk)).stdout.splitlines())
    assert (lines["name"], lines["tags"], lines["voiceId"]) == ("Marlene", order.tag.name, voice.voice_id)


def test_foreign_voices_do_not_exist(cast: Cast) -> None:
    foreign = make_voice(cast.sam)
    done = run(cast.vera, "show", str(foreign.pk))
    assert (done.exit_code, done.stdout) == (4, "")


def test_export_writes_a_line_of_json_for_each_voice(cast: Cast) -> None:
    for name in ("Anton", "Berta"):
        make_voice(cast.ed, name=name)
    done = run(cast.vera, "export", "--sort", "name")
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["Anton", "Berta"]


def test_alias_prints_the_id_that_calls_name(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    alias = make_order(cast.ed, voice).alias
    done = run(cast.vera, "alias", alias.name, "--quiet", scopes=("read",))
    assert (done.stdout, done.stderr) == (f"{voice.voice_id}\n", "")


def test_tag_and_stage_change_a_voice_within_the_tokens_scope(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    refused = run(cast.ed, "stage", str(voice.pk), "approved", scopes=("read",))
    assert (refused.exit_code, "scope “manage”" in refused.stderr) == (3, True)
    assert run(cast.ed, "stage", str(voice.pk), "approved", "--dry-run").exit_code == 0
    assert Voice.objects.get().stage == "draft"
    assert run(cast.ed, "tag", str(voice.pk), "Warm", "Ads").exit_code == 0
    assert run(cast.vera, "list", "--tag", "warm", "--quiet").stdout == f"{voice.pk}\n"
    assert "1  Ads\n" in run(cast.vera, "tags").stdout
