"""The audit trail: every verb with its sentence, and the one function that writes a line."""

from typing import Any

from django.db import models

from voices.models import AuditEntry, Team, User

SENTENCES: dict[str, str] = {
    "team.created": "set up the team {thing}",
    "member.added": "let {thing} into the team",
    "member.changed": "changed the role of {thing}",
    "member.removed": "took {thing} out of the team",
    "person.added": "made an account for {thing}",
    "person.changed": "changed the account of {thing}",
    "key.added": "stored the key {thing}",
    "key.tested": "tested the key {thing}",
    "key.refused": "had the key {thing} refused by Althea",
    "key.relabelled": "renamed the key {thing}",
    "key.made_default": "made {thing} the default key",
    "key.replaced": "replaced the key {thing}",
    "key.removed": "removed the key {thing}",
    "keys.rotated": "sealed all stored keys with the newest encryption key",
    "clone.submitted": "asked for a clone named {thing}",
    "clone.failed": "had the clone {thing} fail",
    "clone.retried": "tried the clone {thing} again",
    "clone.dismissed": "dismissed the failed clone {thing}",
    "clone.cancelled": "cancelled the clone {thing}",
    "voice.cloned": "cloned the voice {thing}",
    "voice.adopted": "found the voice {thing} at Althea by its name and took it over",
    "voice.removed": "removed the voice {thing}, which is gone at Althea",
    "sync.asked": "asked for a sync with {thing}",
    "sync.done": "brought the voices of {thing} up to date",
    "preview.retried": "asked for the preview of {thing} again",
}


def record(
    *, actor: User | None, team: Team | None, verb: str, thing: models.Model, **facts: Any
) -> AuditEntry:
    """One line of history, in the caller's transaction; facts hold no secret. KeyError for an unknown verb."""
    SENTENCES[verb]
    return AuditEntry.objects.create(
        team=team,
        actor=actor,
        actor_name=actor.shown_name if actor else "Voice Studio",
        verb=verb,
        thing=thing._meta.model_name or "",
        thing_id=str(thing.pk),
        thing_name=str(thing)[:200],
        facts=facts,
    )


def sentence(entry: AuditEntry) -> str:
    """The line in words: who did what to which thing."""
    told = SENTENCES.get(entry.verb, entry.verb).format(thing=entry.thing_name)
    return f"{entry.actor_name} {told}"
