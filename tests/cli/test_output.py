"""What commands print."""

import json
import re
from pathlib import Path

from tests.cli.answers import SITE, Script, ok, page, refused
from voices.cli.errors import ExitCode
from voices.cli.output import as_json, csv_lines, printable

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
ADA = {"id": "a1", "primaryLanguage": "en-US", "stage": "approved", "name": "Ada", "tags": ["warm", "ads"]}
BO = {"id": "b2", "primaryLanguage": None, "stage": "draft", "name": "Bo", "tags": []}


def test_names_cannot_steer_the_terminal() -> None:
    assert printable("Ada\x1b[31m\x9b2J\u202egnp\r\n") == "Ada [31m 2J gnp  "
    assert json.loads(as_json("Zoë\x9b\u202e\x1b")) == "Zoë\x9b\u202e\x1b"
    assert "\x9b" not in as_json("\x9b")


def test_list_prints_a_voice_a_line_and_the_count_beside() -> None:
    done = Script([page(ADA, BO, total=7)]).run("list", "--limit", "2")
    assert done.stdout == "a1  en-US  approved  Ada\nb2         draft     Bo\n"
    assert done.stderr == "2 of 7 voices. See more with --limit, or all with `voicestudio export`.\n"


def test_list_quiet_prints_ids_for_pipes() -> None:
    done = Script([page(ADA, BO, total=2)]).run("list", "--quiet")
    assert (done.stdout, done.stderr) == ("a1\nb2\n", "")


def test_list_json_is_one_document() -> None:
    following = f"{SITE}/api/v1/voices?cursor=2"
    done = Script([page(ADA, following=following, total=2), page(BO)]).run("list", "--json")
    assert json.loads(done.stdout) == {"results": [ADA, BO], "total": 2}


def test_list_sends_every_filter() -> None:
    script = Script([page(total=0)])
    done = script.run(
        "search", "calm voice", "--language", "de", "--language", "fr", "--stage", "any", "--sort", "name"
    )
    assert script.requests[0].url.query == (
        b"search=calm+voice&language=de&language=fr&stage=any&sort=name&pageSize=50&includeTotal=true"
    )
    assert (done.stdout, done.stderr) == ("", "No voices match.\n")


def test_show_prints_every_field_that_says_something() -> None:
    done = Script([ok(**BO, consent={"basis": "own"})]).run("show", "b2")
    assert done.stdout.splitlines() == [
        "id       b2",
        "stage    draft",
        "name     Bo",
        'consent  {"basis": "own"}',
    ]


def test_export_writes_csv_that_runs_nothing() -> None:
    voices = [{"id": "a", "name": '=cmd("x")', "tags": ["one", "two"]}, {"id": "b", "name": "Bo", "tags": []}]
    assert list(csv_lines(voices)) == ['"id","name","tags"', '"a","\'=cmd(""x"")","one, two"', '"b","Bo",""']
    done = Script(
        [
            page(ADA),
        ]
    ).run("export")
    assert json.loads(done.stdout) == ADA


def test_errors_name_fields_and_what_to_do() -> None:
    problem = {"detail": "It is taken.", "errors": [{"field": "name", "detail": "It is taken."}]}
    script = Script(
        [refused(409, what_to_do=todo, **problem) for todo in ("Choose another name.", "It is taken.")]
    )
    done = script.run("show", "a")
    assert (done.exit_code, done.stdout) == (5, "")
    assert done.stderr == "Error: name: It is taken.\nChoose another name.\n"
    assert script.run("show", "a").stderr == "Error: name: It is taken.\n"


def test_errors_have_exit_codes() -> None:
    codes = {401: 3, 403: 3, 404: 4, 409: 5, 413: 5, 422: 5, 500: 6}
    assert {status: Script([refused(status)]).run("show", "a").exit_code for status in codes} == codes


def test_the_documents_name_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in rows] == list(ExitCode)
