"""The library as a file: what it holds, what it never holds, and that it comes a part at a time."""

import csv
import io
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.base import Cast, make_cast
from tests.builders import make_account, make_key, make_voice
from voices.library import export
from voices.library.export import BATCH, COLUMNS, cell
from voices.models import Alias, AuditEntry, Tag, Tagging, Voice

EXPORT = "/library/export/"


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def table(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def copies(voice: Voice, count: int) -> None:
    """So many voices more, a second older each."""
    facts = {field.attname: getattr(voice, field.attname) for field in Voice._meta.concrete_fields}
    fresh: dict[str, Any]
    rows = []
    for number in range(count):
        age = timedelta(seconds=number // 2)  # pairs of one age: the id tells them apart
        fresh = {"id": uuid4(), "voice_id": f"copy-{number}", "created_at": voice.created_at - age}
        rows.append(Voice(**{**facts, **fresh}))
    Voice.objects.bulk_create(rows, batch_size=500)


def make_full_voice(cast: Cast) -> Voice:
    """A voice with everything that a line may hold, and with what it must not hold."""
    key = make_key(cast.ed, account=make_account(name="Northwind GmbH"))
    voice = make_voice(
        cast.ed, name="Zoë, “warm”", account=key.account, steward=key, description="Two\nlines", stage="approved",
        definition={"elevenLabs": {"apiKey": "sk-canary"}}, raw={"secret": "sk-canary"}, notes="sk-canary",
        played_at=timezone.now(), gone_at=timezone.now(),
    )  # fmt: skip
    for name in ("Brand", "Hold line"):
        tag = Tag.objects.create(team=cast.northwind, name=name, key=name.casefold())
        Tagging.objects.create(tag=tag, voice=voice)
    Alias.objects.create(team=cast.northwind, name="brand-en", voice=voice, moved_at=timezone.now())
    return voice


def test_export_contains_what_the_library_shows_a_viewer(cast: Cast) -> None:
    voice = make_full_voice(cast)
    make_voice(cast.sam, name="Foreign")
    make_voice(cast.ed, name="Deleted", deleted_at=timezone.now())
    make_voice(cast.ed, name="Retired", stage="retired")
    answer = cast.login(cast.vera).get(f"{EXPORT}?format=csv")
    content = body(answer)
    [line] = table(content)
    assert tuple(line) == COLUMNS
    assert (line["voice_id"], line["name"], line["description"]) == (voice.voice_id, voice.name, "Two\nlines")
    told = {
        "language": "en-US",
        "stage": "approved",
        "tags": "Brand, Hold line",
        "alias": "brand-en",
        "owner": "Ed",
    }
    assert told.items() <= line.items()
    assert line["account"] == "Northwind GmbH"
    assert line["gone_since"].startswith(str(timezone.now().year))
    assert b"canary" not in content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = f"voices-northwind-{timezone.localdate():%Y-%m-%d}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    entry = AuditEntry.objects.get(verb="library.exported")
    assert (entry.actor, entry.facts) == (cast.vera.user, {"kind": "csv", "asked": "", "voices": 1})


def test_json_export_equals_the_csv_export(ed: Client, cast: Cast) -> None:
    make_full_voice(cast)
    make_voice(cast.ed, name="Otto")
    content = body(ed.get(f"{EXPORT}?format=json"))
    first, second = json.loads(content)
    assert (first["name"], first["tags"], first["gone_since"]) == ("Otto", [], None)
    assert second["tags"] == ["Brand", "Hold line"]
    assert tuple(first) == COLUMNS
    assert b"canary" not in content


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_export_of_an_empty_library_is_empty(ed: Client, kind: str) -> None:
    content = body(ed.get(f"{EXPORT}?format={kind}&q=nobody"))
    assert (table(content) if kind == "csv" else json.loads(content)) == []


def test_export_filters_like_the_library(ed: Client, cast: Cast) -> None:
    make_voice(cast.ed, name="Marlene")
    make_voice(cast.ed, name="Otto", stage="retired")
    assert [line["name"] for line in table(body(ed.get(f"{EXPORT}?q=MARL")))] == ["Marlene"]
    assert [line["name"] for line in table(body(ed.get(f"{EXPORT}?stage=retired")))] == ["Otto"]
    for bad in ("q=%00", "format=exe", "stage=x&sort=y&account=z", "q=" + "x" * 5_000):
        body(ed.get(f"{EXPORT}?{bad}"))


def test_export_from_the_bulk_bar_takes_selected_or_all_matches(ed: Client, cast: Cast) -> None:
    one, two = make_voice(cast.ed, name="One"), make_voice(cast.ed, name="Two")
    foreign = make_voice(cast.sam, name="Foreign")
    form = {"voice": [str(one.pk), str(foreign.pk)], "format": "json"}
    assert [told["name"] for told in json.loads(body(ed.post(EXPORT, form)))] == ["One"]
    form = {"all": "1", "query": "q=two", "format": "json"}
    assert [told["name"] for told in json.loads(body(ed.post(EXPORT, form)))] == [two.name]
    assert ed.post(EXPORT, {"voice": str(foreign.pk)}).status_code == 404
    answer = ed.post(EXPORT, {"query": "sort=name"})
    assert (answer.status_code, answer["Location"]) == (303, "/?sort=name")


def test_export_head_request_is_not_audited(ed: Client) -> None:
    answer = ed.head(EXPORT)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "－1"]
)
def test_csv_export_escapes_formulas(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell([text, "b"]) == f"'{text}, b"


@pytest.mark.parametrize("text", ["Marlene", "a=b", "1-2", "", "é@x"])
def test_csv_export_keeps_other_cells_unchanged(text: str) -> None:
    assert cell(text) == text


def test_csv_export_quotes_every_cell(ed: Client, cast: Cast) -> None:
    make_voice(cast.ed, name='a;=cmd|"/C calc"', description="", voice_id="v-1")
    header, line = body(ed.get(EXPORT)).decode("utf-8-sig").splitlines()
    assert header.startswith('"voice_id","name","description",')
    assert line.startswith('"v-1","a;=cmd|""/C calc""","",')
    assert all(cell.startswith('"') and cell.endswith('"') for cell in line.split(","))


def test_export_of_a_hostile_name_is_harmless(ed: Client, cast: Cast) -> None:
    make_voice(cast.ed, name='=HYPERLINK("http://x","y")', description="-2+3\n=1")
    [line] = table(body(ed.get(EXPORT)))
    assert line["name"].startswith("'=")
    assert line["description"].startswith("'-")


def test_export_reads_each_voice_once_in_few_queries(cast: Cast) -> None:
    first = make_voice(cast.ed)
    copies(first, 3 * BATCH)
    with CaptureQueriesContext(connection) as queries:
        parts = list(export.rows(Voice.objects.of_team(cast.northwind)))
    assert [len(part) for part in parts] == [BATCH, BATCH, BATCH, 1]
    assert len({told["voice_id"] for part in parts for told in part}) == 3 * BATCH + 1
    assert len(queries) == 4 * 4


@pytest.mark.django_db(transaction=True)
def test_export_streams_under_asgi() -> None:
    """Were the iterator a plain one, Django would warn, read it whole, and the warning would fail this test."""
    cast = make_cast()
    copies(make_voice(cast.ed), 2 * BATCH)
    browser = AsyncClient()
    browser.force_login(cast.ed.user)

    async def download() -> list[bytes]:
        answer = await browser.get(EXPORT)
        assert answer.is_async
        return [part async for part in answer.streaming_content]

    parts = async_to_sync(download)()
    assert len(parts) == 1 + 3
    assert len(table(b"".join(parts))) == 2 * BATCH + 1
