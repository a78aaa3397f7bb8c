"""Every route of the site, by name, and a small world whose records their addresses name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.base import Cast, member
from tests.builders import (
    make_account,
    make_approval,
    make_audition,
    make_batch,
    make_bulk_run,
    make_consent,
    make_endpoint,
    make_invitation,
    make_job,
    make_key,
    make_order,
    make_pack_import,
    make_preview,
    make_request,
    make_sample,
    make_voice,
)
from tests.web.api.programs import make_token
from voices.actions.notices.endpoints import send_test
from voices.actions.notices.mails import unsubscribe_token
from voices.actions.speakers.link_tokens import make_token as make_link_token
from voices.kit.secret import Secret
from voices.models import (
    Alias,
    ApiKey,
    ApiToken,
    Approval,
    Audition,
    BulkRun,
    CloneBatch,
    CloneJob,
    Consent,
    Invitation,
    Membership,
    PackImport,
    Role,
    Sample,
    SavedView,
    SpeakerRequest,
    State,
    Tag,
    User,
    Voice,
    WebhookDelivery,
)
from voices.web.links import JOIN, link_path
from voices.web.setup import setup_token

# Nothing listens on port 9 of this machine: a call of a key ends at once, and never leaves the machine.
NOWHERE = "http://127.0.0.1:9"


def route_names() -> list[str]:
    """Return the name of every URL pattern, with its namespace; of unnamed ones the pattern."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[object], space: str) -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name or one.pattern}"
        else:
            inner = getattr(one, "namespace", None)
            yield from _walk(one.url_patterns, f"{space}{inner}:" if inner else space)  # type: ignore[attr-defined]


class PlainClient(Client):
    """A client that keeps no copy of every template's context, which takes an eighth of a request."""

    def request(self, **request: Any) -> HttpResponse:  # type: ignore[override]  # the test client adds to it
        """Return the answer, with the request as its `wsgi_request`; an exception is a 500."""
        response: HttpResponse = self.handler(self._base_environ(**request))
        self.cookies.update(response.cookies)
        return response


@dataclass(frozen=True)
class World:
    """Northwind's editor Ed owns a key, two jobs and a voice; Eve is an editor beside him; Nora is staff."""

    cast: Cast
    eve: Membership
    staff: User
    key: ApiKey
    failed: CloneJob
    ready: CloneJob
    voice: Voice
    sample: Sample
    consent: Consent
    asked: SpeakerRequest
    link: Secret
    invitation: Invitation
    approval: Approval
    invited: Secret
    bulk: BulkRun
    batch: CloneBatch
    pack: PackImport
    view: SavedView
    tag: Tag
    alias: Alias
    token: ApiToken
    audition: Audition
    delivery: WebhookDelivery
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def roles(self) -> dict[str, User | None]:
        """Who asks, by the columns of the matrix."""
        cast = self.cast
        return {
            "anon": None, "other": cast.sam.user, "viewer": cast.vera.user, "editor": self.eve.user,
            "owner": cast.ed.user, "admin": cast.ada.user, "staff": self.staff,
        }  # fmt: skip

    def browser(self, role: str, *, strict: bool = False) -> Client:
        """Return a browser of that role; a strict one needs a CSRF token for every change."""
        browser = PlainClient(enforce_csrf_checks=strict, raise_request_exception=False)
        if role in self.sessions:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        elif user := self.roles[role]:
            browser.force_login(user)
        return browser

    def log_everybody_in(self) -> None:
        """Let every `browser` go on with one login of its role; where the world is committed, that lasts as well."""
        for role in self.roles.keys() - {"anon"}:
            self.sessions[role] = self.browser(role).cookies[settings.SESSION_COOKIE_NAME].value

    def url(self, name: str) -> str:
        """Return the address of a route with the records of this world."""
        ids: dict[str, UUID | str] = {
            "voices:clone-cancel": self.ready.pk, "voices:clone-retry": self.failed.pk,
            "voices:clone-dismiss": self.failed.pk, "voices:clone-look": self.failed.pk,
            "voices:clone-job": self.failed.pk, "voices:bulk-run": self.bulk.pk, "voices:bulk-cancel": self.bulk.pk,
            "voices:bulk-retry": self.bulk.pk, "voices:bulk-undo": self.bulk.pk,
            "voices:view-update": self.view.pk, "voices:view-rename": self.view.pk,
            "voices:view-share": self.view.pk,
            "voices:consent": self.consent.uid, "voices:consent-withdraw": self.consent.uid,
            "voices:consent-receipt": self.consent.uid,
            "voices:view-remove": self.view.pk, "voices:setup": setup_token(),
            "voices:dashboard-figure": "plays", "voices:voice-new-engine": "lmnt", "voices:voice-try": "none",
        }  # fmt: skip
        batch_pages = ("batch", "save", "remove", "discard", "submit", "retry")
        ids |= {f"voices:several-{page}": self.batch.pk for page in batch_pages}
        ids |= {f"voices:pack-import{page}": self.pack.pk for page in ("", "-start", "-retry", "-discard")}
        ids["voices:pack-import-receipt"] = self.pack.rows.all()[0].pk
        kind = name.removeprefix("voices:").partition("-")[0]
        things = {
            "voice": self.voice,
            "sample": self.sample,
            "key": self.key,
            "slots": self.key,
            "tag": self.tag,
            "alias": self.alias,
            "token": self.token,
            "request": self.asked,
            "invitation": self.invitation,
            "approval": self.approval,
            "audition": self.audition,
            "webhook": self.delivery.endpoint,
        }
        special: dict[str, list[Any]] = {
            "voices:team-role": [self.cast.ed.pk],
            "voices:team-remove": [self.cast.ed.pk],
            "voices:webhook-again": [self.delivery.endpoint_id, self.delivery.pk],
            "voices:provider-key": [self.key.pk],
            "voices:provider-key-store": [self.key.pk, "lmnt"],
            "voices:provider-key-remove": [self.key.pk, "lmnt"],
            "voices:unsubscribe": [unsubscribe_token(self.cast.vera.user)],
        }
        if name in special:
            return reverse(name, args=special[name])
        if name == "voices:join":
            return link_path(self.invited, JOIN)
        if name == "voices:audition-audio":  # Ed's: every listener has an address of their own
            token = self.audition.candidates.get(voice=self.voice).token_for(self.cast.ed.user)
            return reverse(name, args=[self.audition.pk, token])
        if name == "voices:speak":
            return link_path(self.link)
        if name in ids:
            return reverse(name, args=[ids[name]])
        whole = {
            "voices:key-add",
            "voices:voice-new",
            "voices:key-sandbox",
            "voices:alias-new",
            "voices:token-new",
            "voices:webhook-new",
            "voices:slots-full",
            "voices:request-new",
            "voices:approvals",
            "voices:audition-new",
            "voices:audition-pick",
        }
        return reverse(name, args=[things[kind].pk] if kind in things and name not in whole else [])


def make_world(cast: Cast) -> World:
    """Create the world. Its sandbox is nowhere: set SANDBOX_URL and ALTHEA_URL to NOWHERE."""
    account = make_account()
    key = make_key(cast.ed, account=account)
    sample = make_sample(cast.ed)
    common = {"key": key, "sample": sample}
    consent = make_consent(cast.ed, sample)
    voice = make_voice(
        cast.ed, account=account, steward=key, sample=sample, consent=consent, consent_state="recorded"
    )
    make_preview(voice)
    link, invited = make_link_token(), make_link_token()
    make_request(cast.ed, token=link)
    order = make_order(cast.ed, voice)
    User.objects.filter(pk=cast.nora.pk).update(is_staff=True, is_superuser=True)
    cast.nora.refresh_from_db()
    return World(
        cast=cast,
        eve=member(cast.northwind, "Eve", Role.EDITOR),
        staff=cast.nora,
        key=key,
        failed=make_job(cast.ed, name=f"Failed {uuid4().hex[:8]}", state=State.FAILED, **common),
        ready=make_job(cast.ed, name="Ready", **common),
        voice=voice,
        sample=sample,
        consent=consent,
        asked=make_request(cast.ed, state="received", sample=sample, received_at=consent.stated_at),
        link=link,
        invitation=make_invitation(cast.ada, token=invited),
        invited=invited,
        approval=make_approval(cast.ed, voice),
        bulk=make_bulk_run(cast.ed, voice),
        batch=make_batch(cast.ed, "Sora", key=key),
        pack=make_pack_import(cast.ed, key=key),
        view=order.view,
        tag=order.tag,
        alias=order.alias,
        token=make_token(cast.ed)[0],
        audition=make_audition(cast.ed, voice),
        delivery=send_test(member=cast.ada, endpoint=make_endpoint(cast.ada), now=consent.stated_at),
    )


def account_url(name: str) -> str:
    """The address of one of allauth's pages; links of mails are made up."""
    args: dict[str, list[str | int]] = {
        "account_confirm_email": ["no:such:key"],
        "account_reset_password_from_key": ["1", "no-such-key"],
        "mfa_edit_webauthn": [1],
        "mfa_remove_webauthn": [1],
    }
    return reverse(name, args=args.get(name, []))


def admin_urls() -> list[str]:
    """The site's own pages, and list, form, change, history and removal of every model in it."""
    urls = [reverse(f"admin:{name}") for name in ("index", "password_change", "jsi18n", "autocomplete")]
    urls += [reverse("admin:app_list", args=["voices"])] if _has_ours() else []
    for model in admin.site._registry:
        base, first = f"admin:{model._meta.app_label}_{model._meta.model_name}", model._base_manager.first()
        urls += [reverse(f"{base}_changelist"), reverse(f"{base}_add")]
        if first:
            urls += [reverse(f"{base}_{page}", args=[first.pk]) for page in ("change", "history", "delete")]
    return urls


def _has_ours() -> bool:
    return any(model._meta.app_label == "voices" for model in admin.site._registry)
