"""Builders of records, each with the fewest values that make it valid."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from tests.sounds import speech_wav
from voices import gateway
from voices.actions.speakers.link_tokens import make_token, token_hash
from voices.actions.speakers.requests import statement_in
from voices.actions.voice.search_text import refresh_search
from voices.kit.packed_voices import PackedVoice
from voices.kit.secret import Secret
from voices.models import (
    EXTERNAL,
    Alias,
    AltheaAccount,
    ApiKey,
    Approval,
    ApprovalKind,
    Audition,
    Ballot,
    Basis,
    BulkItem,
    BulkRun,
    BulkState,
    BulkVerb,
    Candidate,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Consent,
    ConsentStatement,
    Endpoint,
    Favourite,
    Invitation,
    KeyState,
    Membership,
    PackImport,
    PackImportRow,
    PreviewFile,
    PreviewState,
    Rating,
    Relation,
    Role,
    RowState,
    Sample,
    SavedView,
    SpeakerRequest,
    Tag,
    Tagging,
    Voice,
    VoiceOrigin,
    WebhookEndpoint,
    fold,
    search_text,
    sort_keys,
)
from voices.notices.kinds import KINDS
from voices.providers.models import model_of
from voices.webhooks.signing import make_secret

SECRET = "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT"


def make_account(**facts: Any) -> AltheaAccount:
    """Create an account that was read just now."""
    given = {
        "endpoint": Endpoint.SANDBOX,
        "account_id": str(uuid4()),
        "name": "Northwind",
        "read_at": timezone.now(),
    }
    return AltheaAccount.objects.create(**given | facts)


def make_key(member: Membership, *, secret: str = SECRET, **facts: Any) -> ApiKey:
    """Create a working key, in an account of its own unless one is given."""
    key = ApiKey(id=uuid4(), owner=member.user, label="Sandbox", endpoint=Endpoint.SANDBOX, state=KeyState.OK)
    value = Secret(secret)
    key.sealed, key.prefix, key.last4 = gateway.seal(value, row_id=key.id), value.prefix, value.last4
    if "account" not in facts:
        facts["account"] = make_account()
    key.is_default = not ApiKey.objects.filter(owner=member.user, is_default=True).exists()
    key.checked_at = timezone.now()
    for name, fact in facts.items():
        setattr(key, name, fact)
    key.save()
    return key


def make_sample(member: Membership, *, content: bytes | None = None, **facts: Any) -> Sample:
    """Store a recording of 12 s; every call makes other bytes unless some are given."""
    content = content if content is not None else speech_wav(seconds=12)[:-16] + uuid4().bytes
    sha256 = hashlib.sha256(content).hexdigest()
    given: dict[str, Any] = {
        "team": member.team, "uploader": member.user, "filename": "speech.wav", "sha256": sha256,
        "size_bytes": len(content), "sent_sha256": sha256, "sent_size_bytes": len(content), "container": "wav",
        "sent_container": "wav",
        "codec": "PCM", "seconds": 12.0, "rate": 16000, "channels": 1, "finding": {}, "used_at": timezone.now(),
    }  # fmt: skip
    sample = Sample(**given | facts)
    sample.file.save("sample", ContentFile(content), save=False)
    sample.save()
    return sample


def make_consent(member: Membership, sample: Sample | None = None, **facts: Any) -> Consent:
    """Create the consent to the recording: by default, that Ana Ruiz, a voice actor, agreed."""
    given: dict[str, Any] = {
        "basis": Basis.AGREED, "speaker": "Ana Ruiz", "proof": "Contract 17", "relation": Relation.ACTOR,
        "team": member.team, "sample": sample, "stated_by": member.user, "stated_by_name": member.user.shown_name,
        "stated_at": timezone.now(),
    }  # fmt: skip
    if sample is not None:
        given |= {"received_sha256": sample.sha256, "sent_sha256": sample.sent_sha256}
    if "statement" not in facts:
        current = ConsentStatement.objects.current(member.team)["en"]
        given["statement"] = ConsentStatement.objects.stored(current, timezone.now())
    return Consent.objects.create(**given | facts)


def make_request(member: Membership, **facts: Any) -> SpeakerRequest:
    """Create a member's request to Ana Ruiz, whose link is open for a week; its token may be given."""
    now = timezone.now()
    token = facts.pop("token", None) or make_token()
    statement = ConsentStatement.objects.stored(statement_in(member.team, "en"), now)
    given: dict[str, Any] = {
        "requester": member.user, "requester_name": member.user.shown_name, "speaker": "Ana Ruiz", "relation": "actor",
        "purpose": "The help line", "language": "en-US", "statement": statement, "form_token": uuid4(),
        "token_hash": token_hash(token), "created_at": now, "expires_at": now + timedelta(days=7),
    }  # fmt: skip
    return SpeakerRequest.objects.create(team=member.team, **given | facts)


def make_invitation(member: Membership, email: str = "nina@example.com", **facts: Any) -> Invitation:
    """Create a member's invitation of that email, open for a week; its token may be given."""
    now, token = timezone.now(), facts.pop("token", None) or make_token()
    given: dict[str, Any] = {"inviter": member.user, "role": Role.EDITOR, "token_hash": token_hash(token)}
    given |= {"created_at": now, "expires_at": now + timedelta(days=7)}
    return Invitation.objects.create(team=member.team, email=email, **given | facts)


def make_job(member: Membership, **facts: Any) -> CloneJob:
    """Create a clone job that is ready and due, with its person's own voice."""
    key = facts.pop("key", None) or make_key(member)
    given: dict[str, Any] = {
        "team": member.team, "actor": member.user, "key": key, "account": key.account, "name": "Marlene",
        "form_token": uuid4(), "due_at": timezone.now(),
    }  # fmt: skip
    if "sample" not in facts:
        given["sample"] = make_sample(member)
    if "consent" not in facts:
        own = {"basis": Basis.OWN, "speaker": "", "relation": "", "proof": ""}
        given["consent"] = make_consent(member, (given | facts)["sample"], **own)
    return CloneJob.objects.create(**given | facts)


def make_voice(member: Membership, *, name: str = "Marlene", **facts: Any) -> Voice:
    """Create a voice in the member's team, without a preview."""
    now = timezone.now()
    given: dict[str, Any] = {
        "team": member.team, "voice_id": str(uuid4()), "name": name, "added_by": member.user, "created_at": now,
        "changed_at": now, "primary_language": "en-US", "language_label": "🇺🇸 English (United States)",
        "provider": "Eleven Labs", "ownership": "private", "billing_style": "VOICE_BILLING_STYLE_INCLUDED",
    }  # fmt: skip
    if "account" not in facts:
        given["account"] = make_account()
    given |= {"origin": VoiceOrigin.CLONED} if facts.get("job") else {}
    given |= facts
    given.setdefault("model", model_of(given.get("definition", {})))
    keys = sort_keys(
        name=name, primary_language=given["primary_language"], language_label=given["language_label"]
    )
    owner = given["added_by"].shown_name if given["added_by"] else ""
    told = {"name": name, "description": given.get("description", ""), "provider": given["provider"]}
    return Voice.objects.create(**keys | given, search_text=search_text(**told, owner=owner))


def make_bulk_run(member: Membership, *voices: Voice, **facts: Any) -> BulkRun:
    """Queue a bulk operation on these voices by that person; by default, a deletion."""
    given: dict[str, Any] = {"verb": BulkVerb.DELETE, "due_at": timezone.now(), "total": len(voices)}
    run = BulkRun.objects.create(team=member.team, actor=member.user, **given | facts)
    items = [BulkItem(run=run, voice=voice, name=voice.name) for voice in voices]
    BulkItem.objects.bulk_create(items)
    return run


def make_approval(member: Membership, voice: Voice, **facts: Any) -> Approval:
    """Create that person's request to delete the voice, which waits for a second person."""
    now = timezone.now()
    run = make_bulk_run(member, voice, state=BulkState.HELD)
    given: dict[str, Any] = {
        "kind": ApprovalKind.DELETE, "subject": f"“{voice.name}”"[:220], "run": run, "voice_id": voice.pk,
        "requester": member.user, "requester_name": member.user.shown_name, "requested_at": now,
        "expires_at": now + timedelta(days=14),
    }  # fmt: skip
    return Approval.objects.create(team=member.team, **given | facts)


def make_batch(member: Membership, *names: str, **facts: Any) -> CloneBatch:
    """Create a batch of that person with a ready recording for each name."""
    key = facts.pop("key", None) or make_key(member)
    given: dict[str, Any] = {"team": member.team, "actor": member.user, "key": key}
    given["consent"] = {"consent": "own", "statement": "en.1", "agreed": "on"}
    batch = CloneBatch.objects.create(**given | {"touched_at": timezone.now()} | facts)
    for position, name in enumerate(names, 1):
        make_batch_row(batch, member, name=name, position=position)
    return batch


def make_batch_row(batch: CloneBatch, member: Membership, **facts: Any) -> CloneBatchRow:
    """Add a row to the batch, with a recording that is ready unless another state is given."""
    given: dict[str, Any] = {"position": 1, "name": "Marlene", "state": RowState.READY}
    given |= {"filename": f"{facts.get('name', 'marlene')}.wav"[:200]} | facts
    if given["state"] == RowState.READY and "sample" not in given:
        given["sample"] = make_sample(member)
    return CloneBatchRow.objects.create(batch=batch, **given)


def make_pack_import(member: Membership, *names: str, **facts: Any) -> PackImport:
    """Create an import of that person, not started, of a voice from settings for each name; without its file."""
    now = timezone.now()
    given: dict[str, Any] = {
        "team": member.team,
        "actor": member.user,
        "filename": "voices.zip",
        "size_bytes": 1_000,
    }
    given |= {"sha256": uuid4().hex * 2, "made_by": "Elsewhere", "due_at": now, "touched_at": now}
    pack = PackImport.objects.create(**given | facts)
    for position, name in enumerate(names or ("Narrator",), 1):
        settings = {"billing": EXTERNAL, "definition": {"lmnt": {"voiceId": "lily"}}}
        voice = PackedVoice(str(uuid4()), str(uuid4()), name, **settings)
        row = {"source": voice.id, "content": voice.to_json(), "name": name, "receipt": "{}"}
        PackImportRow.objects.create(pack=pack, position=position, **row)
    return pack


def make_preview(voice: Voice, *, content: bytes | None = None, **facts: Any) -> PreviewFile:
    """Store a preview that is ready to play."""
    content = content if content is not None else speech_wav(seconds=2)
    given: dict[str, Any] = {
        "voice": voice, "state": PreviewState.READY, "content_type": "audio/wav", "size_bytes": len(content),
        "etag": f'"{hashlib.sha256(content).hexdigest()[:32]}"', "seconds": 2.0, "peaks": [20, 80, 40] * 32,
        "due_at": timezone.now(), "fetched_at": timezone.now(),
    }  # fmt: skip
    preview = PreviewFile(**given | facts)
    preview.file.save("preview", ContentFile(content), save=False)
    preview.save()
    return preview


def make_audition(member: Membership, *voices: Voice, **facts: Any) -> Audition:
    """Start an audition of these voices by that person, which somebody has to end."""
    given: dict[str, Any] = {
        "team": member.team, "holder": member.user, "holder_name": member.user.shown_name,
        "title": "Which voice for the support line?", "created_at": timezone.now(),
    }  # fmt: skip
    audition = Audition.objects.create(**given | facts)
    for voice in voices:
        Candidate.objects.create(audition=audition, voice=voice)
    return audition


def make_ratings(audition: Audition, member: Membership, **scores: int | None) -> Ballot:
    """Rate voices by name: a score, or None for one that was only heard."""
    defaults = {"voter_name": member.user.shown_name}
    ballot, _ = Ballot.objects.get_or_create(audition=audition, voter=member.user, defaults=defaults)
    for name, score in scores.items():
        candidate = audition.candidates.get(voice__name=name)
        Rating.objects.create(ballot=ballot, candidate=candidate, score=score, heard_at=timezone.now())
    return ballot


def make_endpoint(member: Membership, **facts: Any) -> WebhookEndpoint:
    """Create an endpoint that gets every kind of notice; nothing answers there."""
    endpoint = WebhookEndpoint(id=uuid4(), team=member.team, made_by=member.user, created_at=timezone.now())
    endpoint.url, endpoint.kinds = "https://hooks.example/a", [kind.name for kind in KINDS]
    endpoint.sealed = gateway.seal(make_secret(), row_id=endpoint.id)
    for name, fact in facts.items():
        setattr(endpoint, name, fact)
    endpoint.save()
    return endpoint


@dataclass(frozen=True)
class Order:
    """The tag, alias and saved view around a voice."""

    tag: Tag
    alias: Alias
    view: SavedView


def make_order(member: Membership, voice: Voice, *, name: str = "") -> Order:
    """Create a tag on the voice, an alias that points to it, and a shared view of the member."""
    team, name = member.team, name or f"brand {uuid4().hex[:6]}"
    tag = Tag.objects.create(team=team, name=name[:40], key=fold(name)[:80])
    Tagging.objects.create(tag=tag, voice=voice)
    alias = Alias.objects.create(
        team=team, name=f"brand-{uuid4().hex[:6]}", voice=voice, moved_at=timezone.now()
    )
    Favourite.objects.create(user=member.user, voice=voice)
    refresh_search([voice.pk])
    view = SavedView.objects.create(
        team=team, owner=member.user, name=name[:60], query="language=en", is_shared=True
    )
    return Order(tag, alias, view)
