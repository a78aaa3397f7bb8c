"""The activity page: who sees which entries, the filters, the pages, and the files."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.base import PASSWORD, Cast
from tests.builders import make_voice
from tests.web.api.programs import make_token, program_with
from voices import audit
from voices.actions.tokens.store import note_use
from voices.kit.origin import Origin, coming_from
from voices.library.trail import pages
from voices.library.trail.filters import TrailFilters, parse_filters
from voices.library.trail.ocsf import CLASSES, as_event
from voices.library.trail.wording import facts_of
from voices.models import AuditEntry, Membership, Team, User

ACTIVITY, FILE = "/activity/", "/activity/export/"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def add(
    member: Membership | None,
    team: Team | None,
    verb: str,
    thing: Any,
    *,
    hours: int = 0,
    address: str = "",
    **facts: Any,
) -> AuditEntry:
    """An entry so many hours before noon."""
    actor, at = member.user if member else None, NOON - timedelta(hours=hours)
    with coming_from(Origin(request_id="5" * 32 if address else "", address=address)):
        entry = audit.new_entry(actor=actor, team=team, verb=verb, thing=thing, facts=facts, at=at)
    entry.save()
    return entry


@pytest.fixture
def ada(cast: Cast) -> Client:
    """Ada's browser; the trail has four entries of her team and one of another."""
    north = cast.northwind
    add(
        cast.ada,
        north,
        "member.changed",
        cast.ed.user,
        hours=3,
        address="203.0.113.7",
        before="editor",
        role="admin",
    )
    add(
        cast.ed,
        north,
        "voice.renamed",
        make_voice(cast.ed, name="Old Tom"),
        hours=2,
        **{"from": "Tom", "to": "Old Tom"},
    )
    add(None, north, "consent.expired", make_voice(cast.ed, name="=SUM(A1)"), hours=1, last_day="2026-11-19")
    add(cast.ed, north, "tag.made", north, address="203.0.113.7")
    add(cast.sam, cast.southwind, "tag.made", cast.southwind)
    return cast.login(cast.ada)


def told(answer: Any) -> list[str]:
    """The verbs on a page, in order."""
    assert answer.status_code == 200
    return [line.entry.verb for line in answer.context["lines"]]


def body(answer: Any) -> str:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_page_tells_who_did_what_and_from_where(ada: Client) -> None:
    answer = ada.get(ACTIVITY)
    page = " ".join(answer.content.decode().split())
    assert told(answer) == ["tag.made", "consent.expired", "voice.renamed", "member.changed"]
    assert '<span class="unseen">from </span>203.0.113.7</a>' in page
    assert "<del>Editor</del>" in page
    assert "<del>Tom</del>" in page
    assert "Southwind" not in page
    assert "Activity is kept for 730 days." in page


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ("person={ed}", ["tag.made", "voice.renamed"]),
        ("person=studio", ["consent.expired"]),
        ("topic=voices", ["voice.renamed"]),
        ("topic=voices&person={ed}&text=old tom", ["voice.renamed"]),
        ("topic=voices&person={ada}", []),
        ("address=203.0.113.7", ["tag.made", "member.changed"]),
        ("address=203.0.113.7&topic=members", ["member.changed"]),
        ("thing=user:{ed}", ["member.changed"]),
        ("text=TOM", ["voice.renamed"]),
        (
            "since=2026-11-20&until=2026-11-20",
            ["tag.made", "consent.expired", "voice.renamed", "member.changed"],
        ),
        ("until=2026-11-19", []),
        ("since=2026-11-21", []),
        (
            "since=nonsense&until=9999-99-99&person=-1&topic=x&thing=x&cursor=%00&team=",
            ["tag.made"] * 0 or None,
        ),
    ],
)
def test_filters_choose_entries(ada: Client, cast: Cast, query: str, verbs: list[str] | None) -> None:
    found = told(ada.get(f"{ACTIVITY}?{query.format(ed=cast.ed.user.pk, ada=cast.ada.user.pk)}"))
    assert found == (
        verbs if verbs is not None else ["tag.made", "consent.expired", "voice.renamed", "member.changed"]
    )


def test_pages_follow_each_other_without_gaps(cast: Cast) -> None:
    """Pairs of one moment: the id tells them apart."""
    for number in range(2 * pages.PAGE_SIZE + 3):
        add(cast.ed, cast.northwind, "tag.made", cast.northwind, hours=number // 2)
    browser, seen, address = cast.login(cast.ada), list[int](), ACTIVITY
    while address:
        answer = browser.get(address, headers={"HX-Request": "true"} if seen else {})
        seen += [line.entry.pk for line in answer.context["lines"]]
        address = answer.context["next_url"]
    assert seen == list(AuditEntry.objects.order_by("-at", "-id").values_list("pk", flat=True))


def test_page_of_several_filters_says_how_far_it_looked(cast: Cast) -> None:
    scope = cast.login(cast.ada).get(ACTIVITY).context["scope"]
    add(cast.ed, cast.northwind, "tag.made", cast.northwind, hours=20_000)
    row = AuditEntry.objects.values().get()
    AuditEntry.objects.bulk_create(
        AuditEntry(**row | {"id": None, "at": NOON - timedelta(hours=hours), "thing_name": "x"})
        for hours in range(pages.REACH + 1)
    )
    filters = TrailFilters(topic="organising", text="northwind")
    first = pages.trail_page(scope, filters)
    assert (list(first.entries), first.searched_to) == ([], NOON - timedelta(hours=pages.REACH))
    second = pages.trail_page(scope, filters, cursor=first.next_cursor)
    assert [one.thing_name for one in second.entries] == ["Northwind"]
    assert (second.next_cursor, second.searched_to) == ("", None)


def test_staff_choose_among_all_teams(ada: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.nora.pk).update(is_staff=True, is_superuser=True)
    nora = cast.login(cast.nora)
    whole = nora.get(ACTIVITY)
    assert [line.team.name for line in whole.context["lines"]] == ["Southwind", *["Northwind"] * 4]
    assert told(nora.get(f"{ACTIVITY}?team={cast.southwind.pk}")) == ["tag.made"]
    assert told(nora.get(f"{ACTIVITY}?team=all&person={cast.sam.user.pk}")) == ["tag.made"]
    for unknown in ("x", cast.northwind.pk.hex[::-1]):
        assert nora.get(f"{ACTIVITY}?team={unknown}").status_code == 404


def test_admin_and_plain_staff_see_no_other_team(ada: Client, cast: Cast) -> None:
    for path in (ACTIVITY, FILE):
        assert ada.get(f"{path}?team={cast.southwind.pk}").status_code == 404
        assert ada.get(f"{path}?team=all").status_code == 404
    User.objects.filter(pk=cast.nora.pk).update(is_staff=True)
    assert cast.login(cast.nora).get(ACTIVITY).status_code == 403


# --- files ---


def test_csv_is_neutralised_and_its_export_is_audited(ada: Client, cast: Cast) -> None:
    rows = list(csv.DictReader(io.StringIO(body(ada.get(f"{FILE}?format=csv&text=SUM")), newline="")))
    assert [(row["verb"], row["thing_name"], row["person"]) for row in rows] == [
        ("consent.expired", "'=SUM(A1)", "Voice Studio")
    ]
    entry = AuditEntry.objects.get(verb="activity.exported")
    assert (entry.actor, entry.team, entry.facts) == (
        cast.ada.user, cast.northwind, {"kind": "csv", "asked": "text=SUM"},
    )  # fmt: skip


REQUIRED = {
    "activity_id": int, "category_uid": int, "class_uid": int, "metadata": dict, "severity_id": int, "time": int,
    "type_uid": int, "status_id": int, "message": str, "actor": dict, "src_endpoint": dict,
}  # fmt: skip


def test_json_lines_are_ocsf_events(ada: Client, cast: Cast) -> None:
    add(None, cast.northwind, "person.login_failed", cast.ed.user, address="203.0.113.9")
    events = [json.loads(line) for line in body(ada.get(f"{FILE}?format=jsonl")).splitlines()]
    by_verb = {event["metadata"]["event_code"]: event for event in events}
    for event in events:
        assert {name for name, kind in REQUIRED.items() if not isinstance(event[name], kind)} == set()
        assert event["metadata"]["product"] == {"name": "Voice Studio", "vendor_name": "Voice Studio"}
        assert event["metadata"]["version"] == "1.3.0"
    failed = by_verb["person.login_failed"]
    assert (failed["category_uid"], failed["class_uid"], failed["type_uid"]) == (3, 3002, 300201)
    assert (failed["status_id"], failed["time"], failed["src_endpoint"]) == (
        2,
        1795176000000,
        {"ip": "203.0.113.9"},
    )
    assert failed["user"] == {"name": "Ed", "uid": str(cast.ed.user.pk)}
    assert failed["service"] == {"name": "Voice Studio"}
    renamed = by_verb["voice.renamed"]
    assert (renamed["class_uid"], renamed["type_uid"], renamed["api"]) == (
        6003,
        600303,
        {"operation": "voice.renamed"},
    )
    assert renamed["resources"][0]["name"] == "Old Tom"
    assert (by_verb["tag.made"]["class_uid"], by_verb["tag.made"]["type_uid"]) == (3004, 300401)
    assert by_verb["tag.made"]["entity"]["type"] == "team"


def test_every_verb_has_a_topic_and_an_event() -> None:
    assert [verb for verb in audit.SENTENCES if not audit.topic_of(verb)] == []
    assert CLASSES.keys() == audit.TOPICS.keys()
    events = [
        as_event(AuditEntry(verb=verb, topic=audit.topic_of(verb), at=NOON)) for verb in audit.SENTENCES
    ]
    assert {event["class_uid"] for event in events} == {3001, 3002, 3004, 6003}


# --- what is recorded ---


def verbs_of(team: Team | None) -> list[str]:
    return list(AuditEntry.objects.filter(team=team).order_by("pk").values_list("verb", flat=True))


def test_failed_logins_are_recorded_without_what_was_typed(cast: Cast) -> None:
    cache.clear()
    browser = Client()
    for email in ("ed@example.com", "hunter2@example.com"):
        browser.post("/accounts/login/", {"login": email, "password": "hunter3"})
    failed, unknown = AuditEntry.objects.order_by("pk")
    assert (failed.verb, failed.team, failed.actor, failed.thing_name, failed.address) == (
        "person.login_failed", cast.northwind, None, "Ed", "127.0.0.1",
    )  # fmt: skip
    assert (unknown.verb, unknown.team, unknown.thing, unknown.facts) == (
        "person.login_unknown",
        None,
        "",
        {},
    )
    assert "hunter" not in str(AuditEntry.objects.values())


def test_lock_after_failed_logins_is_recorded_once(cast: Cast) -> None:
    cache.clear()
    browser = Client()
    for _ in range(8):
        browser.post("/accounts/login/", {"login": "ed@example.com", "password": "wrong"})
    assert verbs_of(cast.northwind) == ["person.login_failed"] * 5 + ["person.login_locked"]
    cache.clear()


def test_login_and_logout_are_in_the_trail_of_each_team(cast: Cast) -> None:
    Membership.objects.create(team=cast.southwind, user=cast.ed.user, role="viewer")
    browser = Client()
    browser.post("/accounts/login/", {"login": "ed@example.com", "password": PASSWORD})
    browser.post("/accounts/logout/")
    assert verbs_of(cast.northwind) == verbs_of(cast.southwind) == ["person.logged_in", "person.logged_out"]
    assert {one.address for one in AuditEntry.objects.all()} == {"127.0.0.1"}
    assert {len(one.request_id) for one in AuditEntry.objects.all()} == {32}


def test_use_of_a_token_is_recorded_once_a_day_and_address(cast: Cast) -> None:
    token, value = make_token(cast.ed, "read")
    assert program_with(value).get("/api/v1/voices").status_code == 200
    token.refresh_from_db()
    now = timezone.now()
    for address, days in (("127.0.0.1", 0), ("::1", 0), ("127.0.0.1", 0), ("::1", 0), ("::1", 1)):
        note_use(token=token, address=address, now=now + timedelta(days=days))
        token.refresh_from_db()
    assert verbs_of(cast.northwind) == ["token.made", *["token.used"] * 3]


def test_broken_addresses_of_the_page_are_dropped() -> None:
    broken = {
        "person": "9" * 30,
        "topic": "nothing",
        "thing": "voice",
        "since": "2026-13-01",
        "until": "0001-01-01",
    }
    assert parse_filters(broken) == TrailFilters()


CODES = (
    ("clone.failed", {"problem": "key_refused"}, "Problem Key refused"),
    ("member.changed", {"before": "viewer", "role": "editor"}, "Role Viewer Editor"),
    ("key.added", {"endpoint": "sandbox", "state": "ok"}, "Endpoint Sandbox State Works"),
    ("token.made", {"scopes": "read clone", "of_team": False}, "Scopes Read, Clone For the team No"),
    ("webhook.added", {"kinds": ["voice.created", "key.refused"]}, "Events Voice created, Key refused"),
    ("bulk.done", {"state": "stopped", "done": 5, "left": 2}, "Ended Stopped Done 5 Skipped 2"),
    ("bulk.asked", {"stage": "approved", "voices": 7}, "Stage Approved Voices 7"),
    (
        "activity.exported",
        {"kind": "jsonl", "asked": "text=Ada"},
        "Format JSON lines (OCSF) Filters text=Ada",
    ),
    ("consent.statement_edited", {"language": "de", "version": 2}, "Language German Version 2"),
    ("person.logged_in", {"by": "company"}, "By the company's login"),
    ("agent.changed", {"run": "c0ffee", "before": "Marlene", "after": "Sora"}, "Voice Marlene Sora"),
)


@pytest.mark.parametrize(("verb", "facts", "words"), CODES)
def test_facts_are_told_in_words(verb: str, facts: dict[str, object], words: str) -> None:
    entry = AuditEntry(verb=verb, facts=facts)
    parts = (part for one in facts_of(entry) for part in (one.label, one.before, one.after) if part)
    assert " ".join(parts) == words
