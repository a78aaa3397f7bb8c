"""The audit trail: every verb with its sentence, and the functions that write an entry."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from voices.models import AuditEntry, Membership, Team, User

SENTENCES: dict[str, str] = {
    "team.created": "set up the team {thing}",
    "team.catalogue_on": "let Althea's public voices into the library of {thing}",
    "team.catalogue_off": "stopped syncing Althea's public voices for {thing}",
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
    "voice.renamed": "renamed the voice {thing}",
    "voice.edited": "changed the voice {thing}",
    "voice.staged": "moved {thing} to another stage",
    "voice.noted": "wrote a note on {thing}",
    "voice.tagged": "tagged {thing}",
    "voice.untagged": "took a tag off {thing}",
    "voice.alias_given": "gave {thing} an alias",
    "voice.alias_taken": "took an alias from {thing}",
    "voice.alias_renamed": "renamed an alias of {thing}",
    "voice.deleted": "deleted the voice {thing}",
    "voice.cloned_again": "asked for {thing} to be cloned again",
    "voice.removed": "removed the voice {thing}, which is gone at Althea",
    "sync.asked": "asked for a sync with {thing}",
    "sync.done": "brought the voices of {thing} up to date",
    "tag.made": "made the tag {thing}",
    "tag.renamed": "renamed the tag {thing}",
    "tag.merged": "merged another tag into {thing}",
    "tag.removed": "removed the tag {thing}",
    "alias.made": "made the alias {thing}",
    "alias.moved": "moved the alias {thing} to another voice",
    "alias.renamed": "renamed the alias {thing}",
    "alias.removed": "removed the alias {thing}",
    "view.shared": "shared the view {thing} with the team",
    "view.unshared": "stopped sharing the view {thing}",
    "view.changed": "changed the shared view {thing}",
    "view.removed": "removed the shared view {thing}",
    "bulk.asked": "asked for a change of many voices ({thing})",
    "bulk.done": "ended a change of many voices ({thing})",
    "library.exported": "exported voices of {thing}",
    "preview.retried": "asked for the preview of {thing} again",
}


def record(
    *, actor: User | None, team: Team | None, verb: str, thing: models.Model, **facts: Any
) -> AuditEntry:
    """Write an entry in the caller's transaction. Facts hold no secret. Raises KeyError for an unknown verb."""
    entry = new_entry(actor=actor, team=team, verb=verb, thing=thing, facts=facts)
    entry.save()
    return entry


def record_by(member: Membership, verb: str, thing: models.Model, /, **facts: Any) -> AuditEntry:
    """Write what a member did in their team, as `record` does."""
    return record(actor=member.user, team=member.team, verb=verb, thing=thing, **facts)


def record_each(member: Membership, verb: str, things: Iterable[models.Model], /, **facts: Any) -> int:
    """Write what a member did to each of many things, in few queries. Return how many entries that made."""
    entries = [
        new_entry(actor=member.user, team=member.team, verb=verb, thing=thing, facts=facts)
        for thing in things
    ]
    AuditEntry.objects.bulk_create(entries, batch_size=500)
    return len(entries)


def new_entry(
    *, actor: User | None, team: Team | None, verb: str, thing: models.Model, facts: Mapping[str, Any]
) -> AuditEntry:
    """Return the entry that `record` writes, unsaved: a demonstration dates its entries back."""
    SENTENCES[verb]
    return AuditEntry(
        team=team,
        actor=actor,
        actor_name=actor.shown_name if actor else "Voice Studio",
        verb=verb,
        thing=thing._meta.model_name or "",
        thing_id=str(thing.pk),
        thing_name=str(thing)[:200],
        facts=dict(facts),
    )


def sentence(entry: AuditEntry) -> str:
    """Return the entry in words: who did what to which thing."""
    deed = SENTENCES.get(entry.verb, entry.verb).format(thing=entry.thing_name)
    return f"{entry.actor_name} {deed}"
