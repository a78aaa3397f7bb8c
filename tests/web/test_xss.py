"""What people and Althea wrote is text on every page: no tag, no attribute, no script, no link of theirs."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import (
    make_account,
    make_approval,
    make_audition,
    make_batch,
    make_batch_row,
    make_bulk_run,
    make_consent,
    make_endpoint,
    make_invitation,
    make_job,
    make_key,
    make_order,
    make_pack_import,
    make_preview,
    make_ratings,
    make_request,
    make_sample,
    make_voice,
)
from tests.web.access_table import admin_urls
from tests.web.api.programs import make_token as make_api_token
from tests.web.routes import NOWHERE, World
from voices.actions.notices.endpoints import send_test
from voices.actions.speakers.link_tokens import make_token
from voices.audio.findings import Finding, Verdict
from voices.models import (
    Approval,
    Audition,
    ConsentStatement,
    PreviewState,
    Rating,
    State,
    Team,
    User,
    Voice,
    VoiceDeletion,
    WebhookDelivery,
)
from voices.web.clone.form import new_form_token

pytestmark = pytest.mark.any_database  # the access matrix opens every page on PostgreSQL

MARK = "zqx"
SCRIPT = f"<script>{MARK}()</script>"
# Each page is opened with each of them. The first leaves attributes in either quotes and every element of plain text;
# it fits a voice's name, of which 40 characters are kept.
BREAKOUT = f"\"'></title></style></textarea><b {MARK}>"
HOSTILE = (SCRIPT, BREAKOUT, f"{{{{{MARK}}}}}{{% debug %}}", f"javascript:{MARK}()")
PLACES_OF_SCRIPT = {
    "href",
    "src",
    "action",
    "formaction",
    "xlink:href",
    "data",
    "hx-get",
    "hx-post",
    "srcdoc",
}


class Page(HTMLParser):
    """Every tag of a page that bears our mark in its name, an attribute's name, or where an address stands."""

    def __init__(self) -> None:
        super().__init__()
        self.hurt: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judges a tag as a browser would build it."""
        for name, value in attrs:
            address = (value or "").strip().lower()
            if MARK in name or name.startswith("on") or name == "style":
                self.hurt.append(f"<{tag} {name}={value}>")
            if name in PLACES_OF_SCRIPT and address.startswith(("javascript:", "data:", "vbscript:")):
                self.hurt.append(f"<{tag} {name}={value}>")
        if MARK in tag or (tag == "script" and not dict(attrs).get("src")):
            self.hurt.append(f"<{tag}>")

    def handle_data(self, data: str) -> None:
        """Collects what is read."""
        self.text.append(data)


def judged(content: bytes) -> Page:
    page = Page()
    page.feed(content.decode())
    return page


def definition(text: str) -> dict[str, Any]:
    """A definition whose every name and value is hostile, of a known provider and of a strange one."""
    return {"elevenLabs": {"voiceId": text, "model": text, text: text}, text: {text: [text, {text: text}]}}


def world_of(cast: Cast, text: str) -> World:
    """People, keys, jobs and a voice, all of them named by that text."""
    Team.objects.all().update(name=text[:60])
    User.objects.all().update(name=text[:80])
    User.objects.filter(pk=cast.nora.pk).update(is_staff=True, is_superuser=True)
    cast.nora.refresh_from_db()
    account = make_account(name=text, account_id=text[:64])
    key = make_key(
        cast.ed, account=account, label=text[:60], last_problem=text, prefix=text[:8], last4=text[:4]
    )
    sample = make_sample(cast.ed, filename=text, codec=text[:40])
    raw = {"voiceId": text, text: text, "news": {text: text}}
    voice = make_voice(
        cast.ed, account=account, steward=key, sample=sample, name=text[:40], description=text, voice_id=text[:64],
        preview_url=f"javascript:{MARK}()", language_label=text, primary_language=text[:10], provider=text[:40],
        ownership=text[:10], billing_style=text[:40], definition=definition(text), raw=raw,
    )  # fmt: skip
    make_preview(voice, state=PreviewState.FAILED, problem=text)
    statement = ConsentStatement.objects.create(
        team=cast.northwind, language="en", version=1, text=text, written_at=timezone.now()
    )
    names = dict.fromkeys(
        ("speaker", "proof", "stated_by_name", "withdrawn_by_name", "withdrawal_reason"), text
    )
    consent = make_consent(cast.ed, sample, statement=statement, withdrawn_at=timezone.now(), **names)
    Voice.objects.filter(pk=voice.pk).update(consent=consent, consent_state="ended")
    VoiceDeletion.objects.create(
        team=cast.northwind, voice=voice, consent=consent, voice_id_at_althea=text[:64], account_name=text,
        deleted_by_name=text, deleted_at=timezone.now(),
    )  # fmt: skip
    common = {"key": key, "sample": sample, "description": text, "consent": consent}
    facts = {
        "message": text,
        "field_errors": [[text, text]],
        "ended_at": timezone.now(),
        "problem": "invalid",
    }
    failed = make_job(cast.ed, state=State.FAILED, name=text[:40], **common, **facts)
    ready = make_job(cast.ed, name=text[:40], **common)
    run = make_bulk_run(cast.ed, voice)
    order = make_order(cast.ed, voice, name=text)
    link, invited, named = (
        make_token(),
        make_token(),
        {"requester_name": text, "speaker": text, "purpose": text, "remark": text},
    )
    make_request(cast.ed, token=link, **named)
    asked = make_request(
        cast.ed, state="accepted", sample=sample, consent=consent, email=text, signed_name=text,
        received_at=timezone.now(), **named,
    )  # fmt: skip
    batch = make_batch(cast.ed, key=key, language=text[:80])
    batch.consent = {"consent": "agreed", "speaker": text, "proof": text, "relation": text, "statement": text}
    batch.save()
    finding = Finding(Verdict.REFUSE, "not_audio", text).to_json()
    facts = {
        "filename": text,
        "name": text,
        "language": text,
        "description": text,
        "speaker": text,
        "message": text,
    }
    make_batch_row(batch, cast.ed, position=1, sample=sample, **facts)
    for position, state in enumerate(("missing", "refused", "skipped", "submitted"), 2):
        make_batch_row(batch, cast.ed, position=position, state=state, finding=finding, job=failed, **facts)
    named = {"requester_name": text[:120], "message": text}
    approval = make_approval(cast.ed, voice, **named)
    make_approval(cast.ed, voice, voice_id=None, run=None, job=ready, kind="clone", **named)
    ended = make_audition(cast.ed, voice, title=text, holder_name=text, ends_at=timezone.now())
    for member in (cast.ed, cast.vera):
        make_ratings(ended, member, **{voice.name: 4})
    Rating.objects.update(remark=text)
    Voice.objects.update(health_problem=text, health_since=timezone.now())
    endpoint = make_endpoint(cast.ada, url=f"https://hooks.example/{text}", problem=text)
    delivery = send_test(member=cast.ada, endpoint=endpoint, now=timezone.now())
    WebhookDelivery.objects.update(answer=text, problem=text, status=500, milliseconds=12)
    return World(
        cast=cast, eve=cast.ed, staff=cast.nora, key=key, failed=failed, ready=ready, voice=voice, sample=sample,
        consent=consent, asked=asked, link=link, bulk=run, batch=batch, view=order.view, tag=order.tag,
        alias=order.alias, approval=approval, invitation=make_invitation(cast.ada, token=invited), invited=invited,
        audition=make_audition(cast.ed, voice, title=text),
        token=make_api_token(cast.ed, name=text[:60])[0], delivery=delivery,
        pack=make_pack_import(cast.ed, text[:40], key=key, filename=text, made_by=text[:60], message=text),
    )  # fmt: skip


@pytest.fixture
def nowhere(settings: Settings) -> None:
    settings.ALTHEA_URL = settings.SANDBOX_URL = NOWHERE


def urls(world: World, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every page that tells something of somebody, with a hostile search and cursor."""
    voice, key = world.voice.pk, world.key.pk
    yield from (("/", {}), ("/", {"q": text}), ("/", {"q": text, "cursor": text}), ("/", {"cursor": text}))
    yield from ((f"/voices/{voice}/", {}), (f"/voices/{voice}/player/", {"quiet": text}))
    yield from ((f"/approvals/{one.pk}/", {}) for one in Approval.objects.all())
    yield from (("/approvals/", {}), (f"/bulk/{world.approval.run_id}/", {}))
    yield from ((f"/voices/{voice}/edit/", {}), (f"/voices/{voice}/delete/", {}))
    yield f"/voices/{voice}/replace/", {}
    compared = Voice.objects.of_team(world.voice.team).values_list("pk", flat=True)[:3]
    yield "/voices/compare/", {"voice": [str(one) for one in compared]}
    yield from (
        ("/clone/", {}),
        ("/clone/", {"again": str(world.failed.pk)}),
        ("/clone/", {"again": text, "sample": text}),
    )
    yield from (("/clone/several/", {}), (f"/clone/several/{world.batch.pk}/", {}))
    yield from ((f"/clones/{job.pk}/", {}) for job in (world.failed, world.ready))
    yield from (("/consents/", {}), ("/consents/", {"agents": text}), (f"/consents/{world.consent.uid}/", {}))
    yield from (("/consents/statements/", {"language": text}), (f"/voices/{voice}/consent/", {}))
    yield from (("/keys/", {}), (f"/keys/{key}/replace/", {}), (f"/keys/{key}/remove/", {}))
    yield from (("/tokens/", {"q": text}), ("/tokens/", {}), (f"/tokens/{world.token.pk}/revoke/", {}))
    tag, alias = world.tag.pk, world.alias.pk
    yield from (
        (f"/tags/{page}", {"into": text})
        for page in ("", f"{tag}/rename/", f"{tag}/merge/", f"{tag}/remove/")
    )
    asked, link = world.asked.pk, world.url("voices:speak")
    yield from (
        ("/requests/", {}),
        (f"/requests/{asked}/", {}),
        ("/clone/", {"request": str(asked)}),
        (link, {}),
    )
    yield (f"/requests/{asked}/again/", {})
    yield from (("/team/", {}), (world.url("voices:team-remove"), {}), (world.url("voices:join"), {}))
    yield from ((f"/auditions/{audition.pk}/", {}) for audition in Audition.objects.all())
    yield from ((f"/auditions/{world.audition.pk}/{page}/", {}) for page in ("end", "delete"))
    yield from (
        ("/auditions/", {}),
        ("/auditions/new/", {"q": text, "title": text, "voice": text, "days": text}),
    )
    yield from (("/aliases/", {}), ("/aliases/new/", {"q": text, "name": text, "voice": text}))
    yield from ((f"/aliases/{alias}/{page}/", {"q": text}) for page in ("move", "rename", "remove"))
    yield from (
        ("/accounts/login/", {"next": text}),
        (f"/nothing/{text}/", {}),
        ("/accounts/logout/", {"next": text}),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_records_are_text_on_every_page(cast: Cast, nowhere: None, text: str) -> None:
    world = world_of(cast, text)
    browser = world.browser("owner")
    for url, query in urls(world, text):
        for headers in ({}, {"HX-Request": "true"}):
            answer = browser.get(url, query, headers=headers)
            assert answer.status_code < 500, url
            assert judged(answer.content).hurt == [], url
            assert SCRIPT not in answer.content.decode(), url


def test_hostile_names_are_text_on_the_team_pages(cast: Cast, nowhere: None) -> None:
    world = world_of(cast, BREAKOUT)
    for name in ("team", "team-role", "team-remove", "team-settings", "webhooks", "webhook", "webhook-edit"):
        assert judged(world.browser("admin").get(world.url(f"voices:{name}")).content).hurt == [], name


def test_hostile_records_are_text_in_the_admin_site(cast: Cast, nowhere: None) -> None:
    world = world_of(cast, BREAKOUT)
    browser = world.browser("staff")
    for url in admin_urls(world):
        answer = browser.get(url)
        assert answer.status_code < 500, url
        content = answer.content.decode()
        assert SCRIPT not in content, url
        assert [one for one in judged(answer.content).hurt if MARK in one] == [], url


def test_hostile_text_is_still_readable(cast: Cast, nowhere: None) -> None:
    world = world_of(cast, SCRIPT)
    for url in ("/", f"/voices/{world.voice.pk}/", "/keys/", f"/clones/{world.ready.pk}/"):
        assert SCRIPT in "".join(judged(world.browser("owner").get(url).content).text), url


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_form_input_comes_back_escaped(cast: Cast, nowhere: None, text: str) -> None:
    make_key(cast.ed)
    browser = cast.login(cast.ed)
    form = {
        "form_token": new_form_token(cast.ed),
        "complete": "1",
        "name": text + "x" * 41,
        "description": text,
        "language": text,
        "consent": text,
        "speaker": text,
        "proof": text,
        "relation": text,
        "statement": text,
        "expires_on": text,
        "key": text,
    }
    order = {"tags": text, "stage": text, "note": text, "seen": text, "name": text, "q": text, "voice": text}
    file = SimpleUploadedFile("a.wav", b"no sound")
    file.name = f"{text.replace('/', '-')}.wav"
    batch = make_batch(cast.ed, "Sora")
    row = batch.rows.get().pk
    typed = form | {f"{field}-{row}": text for field in ("name", "language", "description", "speaker")}
    audition = make_audition(cast.ed, make_voice(cast.ed))
    token = audition.candidates.get().token_for(cast.ed.user)
    rated = {f"score-{token}": text, f"remark-{token}": text, f"score-{text}": text}
    answers = [
        *(
            browser.post(f"/clone/several/{batch.pk}/{part}/", typed, headers={"HX-Request": "true"})
            for part in ("save", "submit", "remove")
        ),
        browser.post("/clone/several/", form | {"files": f'[["{text}", 9]]', "batch": text}),
        browser.post("/clone/", form | {"file": file, "sample": text}),
        browser.post("/clone/", form | {"form_token": text}, headers={"HX-Request": "true"}),
        *(
            browser.post(url, form | {"file": file, "start": text, "part": text}, headers=headers)
            for url in ("/clone/sample/", "/clone/part/")
            for headers in ({}, {"HX-Request": "true"})
        ),
        browser.post(f"/voices/{make_voice(cast.ed).pk}/edit/", form),
        *(
            browser.post(f"/voices/{make_voice(cast.ed, name=text[:40]).pk}/{part}/", order, headers=headers)
            for part in ("tags", "stage", "notes", "aliases")
            for headers in ({}, {"HX-Request": "true"})
        ),
        browser.post("/aliases/new/", order),
        browser.post("/auditions/new/", order | {"title": text, "days": text}),
        browser.post("/auditions/pick/", order | {"query": text}),
        browser.post(f"/auditions/{audition.pk}/rate/", rated),
        browser.post(f"/auditions/{audition.pk}/rate/", rated, headers={"HX-Request": "true"}),
        browser.post(
            "/requests/new/", form | {"email": text, "purpose": text, "relation": text, "days": text}
        ),
        browser.post(f"/voices/{make_voice(cast.ed).pk}/consent/", form),
        browser.post(f"/consents/{make_consent(cast.ed).uid}/withdraw/", {"reason": text + "x" * 301}),
        browser.post("/keys/add/", {"label": text, "endpoint": text, "key": text}),
        browser.post("/accounts/login/", {"login": text, "password": text, "next": text}),
        browser.post("/accounts/password/reset/", {"email": text}),
    ]
    for answer in answers:
        assert answer.status_code < 500
        assert judged(answer.content).hurt == []
        assert SCRIPT not in answer.content.decode()


def test_a_preview_address_is_never_a_link(cast: Cast, nowhere: None) -> None:
    world = world_of(cast, "plain")
    for address in (f"javascript:{MARK}()", "https://evil.example/preview.mp3", "//evil.example/"):
        world.voice.preview_url = address
        world.voice.save()
        content = world.browser("owner").get(f"/voices/{world.voice.pk}/").content.decode()
        assert f'="{address}' not in content
        assert address in "".join(judged(content.encode()).text)


def test_hostile_name_injects_no_header(cast: Cast, nowhere: None) -> None:
    voice = make_voice(cast.ed, name='a"; x=\r\nSet-Cookie: b=1')
    make_preview(voice)
    answer = cast.login(cast.vera).get(f"/voices/{voice.pk}/audio/?download=1")
    assert answer["Content-Disposition"] == 'attachment; filename="a-; x= Set-Cookie- b=1.wav"'
    assert "b" not in answer.cookies
