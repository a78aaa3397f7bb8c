"""The audit trail: every verb with its sentence and topic, and the functions that write entries."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from voices.kit.hash_chain import TrailKey
from voices.kit.origin import current_origin
from voices.kit.secret import Secret
from voices.models import MAX_ADDRESS, MAX_REQUEST_ID, AuditEntry, Membership, Team, User

# The fact that marks actions of staff in a team that they are not in, by the admin site.
AS_STAFF = "as_staff"

# The person who acted is prepended, unless the sentence contains {actor}.
SENTENCES: dict[str, str] = {
    "team.created": "created the team {thing}",
    "team.catalogue_on": "started syncing Althea's public voices for {thing}",
    "team.catalogue_off": "stopped syncing Althea's public voices for {thing}",
    "team.settings_changed": "changed the settings of {thing}",
    "team.deleted": "deleted the team {thing}",
    "member.added": "added {thing} to the team",
    "member.joined": "joined the team by invitation",
    "member.left": "left the team",
    "invitation.made": "invited {thing}",
    "invitation.renewed": "made a new invitation link for {thing}",
    "invitation.revoked": "revoked the invitation of {thing}",
    "member.changed": "changed the role of {thing}",
    "member.removed": "removed {thing} from the team",
    "person.added": "created an account for {thing}",
    "person.joined": "created their account by invitation",
    "person.changed": "changed the account of {thing}",
    "person.email_changed": "changed their email",
    "person.password_changed": "set a new password",
    "person.logged_in": "logged in",
    "person.logged_out": "logged out",
    "person.login_failed": "refused a login as {thing}",
    "person.login_locked": "blocked logins as {thing} for a while after too many failed attempts",
    "person.login_unknown": "refused a login with an unknown email",
    "person.connected": "connected the company's login",
    "person.logins_removed": "lost their password and passkeys when the company's login confirmed the email",
    "person.disconnected": "disconnected the company's login",
    "person.factor_added": "added a second factor: {thing}",
    "person.factor_removed": "removed a second factor: {thing}",
    "person.factors_reset": "{actor} removed all second factors of {thing}",
    "person.factor_failed": "refused a second factor of {thing}",
    "person.codes_made": "created new recovery codes",
    "person.sessions_ended": "ended other sessions",
    "key.added": "added the key {thing}",
    "key.tested": "tested the key {thing}",
    "key.refused": "{actor}'s key {thing} was refused by Althea",
    "key.recovered": "{actor}'s key {thing} works again",
    "key.relabelled": "renamed the key {thing}",
    "key.made_default": "made {thing} their default key",
    "key.replaced": "replaced the key {thing}",
    "key.removed": "removed the key {thing}",
    "provider_key.set": "set a provider's key of the account {thing}",
    "provider_key.removed": "removed a provider's key from the account {thing}",
    "keys.rotated": "re-encrypted all stored keys with the newest encryption key",
    "clone.submitted": "started the clone {thing}",
    "clone.failed": "{actor}'s clone {thing} failed",
    "clone.stopped": "stopped the clone {thing} of a person who left the team",
    "clone.looked_up": "looked for the voice of the clone {thing}",
    "clone.retried": "retried the clone {thing}",
    "clone.dismissed": "dismissed the failed clone {thing}",
    "clone.cancelled": "cancelled the clone {thing}",
    "approval.requested": "asked for approval: {thing}",
    "approval.approved": "approved the request: {thing}",
    "approval.declined": "declined the request: {thing}",
    "approval.withdrawn": "withdrew the request: {thing}",
    "approval.expired": "closed a request that could no longer be decided: {thing}",
    "speaker.asked": "asked {thing} for a recording",
    "speaker.asked_again": "asked {thing} for another recording",
    "speaker.sent": "{actor} received the recording of {thing}",
    "speaker.accepted": "accepted the recording of {thing}",
    "speaker.declined": "declined the recording of {thing}",
    "speaker.withdrawn": "withdrew the link to {thing}",
    "consent.stated": "recorded consent for {thing}",
    "consent.added": "added consent to {thing}",
    "consent.withdrawn": "withdrew the consent for {thing}",
    "consent.expired": "quarantined {thing} because its consent expired",
    "consent.statement_edited": "changed the consent statement ({thing})",
    "voice.cloned": "cloned the voice {thing}",
    "voice.created": "created the voice {thing} from a provider's settings",
    "voice.redefined": "changed the settings of the voice {thing}",
    "voice.adopted": "matched the voice {thing} to an existing Althea voice by name",
    "voice.imported": "imported the voice {thing} from a pack",
    "voice.renamed": "renamed the voice {thing}",
    "voice.edited": "edited the voice {thing}",
    "voice.checked": "checked the voice {thing}",
    "voice.failing": "{actor} found that {thing} fails",
    "voice.recovered": "{actor} found that {thing} works again",
    "voice.staged": "changed the stage of {thing}",
    "voice.noted": "changed the note on {thing}",
    "voice.tagged": "tagged {thing}",
    "voice.untagged": "removed a tag from {thing}",
    "voice.alias_given": "added an alias to {thing}",
    "voice.alias_taken": "removed an alias from {thing}",
    "voice.alias_renamed": "renamed an alias of {thing}",
    "voice.swapped_out": "started replacing {thing} in agents",
    "voice.swapped_in": "started switching agents to {thing}",
    "agent.changed": "changed the voice of the agent {thing}",
    "voice.deleted": "deleted the voice {thing}",
    "voice.cloned_again": "started cloning {thing} again",
    "voice.removed": "removed the voice {thing}, which is missing at Althea",
    "sync.asked": "started a sync with {thing}",
    "sync.done": "synced the voices of {thing}",
    "tag.made": "created the tag {thing}",
    "tag.renamed": "renamed the tag {thing}",
    "tag.merged": "merged another tag into {thing}",
    "tag.removed": "removed the tag {thing}",
    "alias.made": "created the alias {thing}",
    "alias.moved": "moved the alias {thing} to another voice",
    "alias.renamed": "renamed the alias {thing}",
    "alias.removed": "removed the alias {thing}",
    "view.shared": "shared the view {thing} with the team",
    "view.unshared": "stopped sharing the view {thing}",
    "view.changed": "changed the shared view {thing}",
    "view.removed": "removed the shared view {thing}",
    "bulk.asked": "started a bulk change ({thing})",
    "bulk.done": "finished a bulk change ({thing})",
    "audition.held": "started the audition {thing}",
    "audition.ended": "ended the audition {thing}",
    "audition.deleted": "deleted the audition {thing}",
    "audition.finished": "finished rating in the audition {thing}",
    "library.exported": "exported voices from {thing}",
    "pack.exported": "exported voices from {thing} as a pack",
    "pack.imported": "started importing the voice pack {thing}",
    "pack.retried": "retried the failed voices of the voice pack {thing}",
    "token.made": "created the API token {thing}",
    "token.used": "used the API token {thing}",
    "token.revoked": "revoked the API token {thing}",
    "webhook.added": "added the webhook {thing}",
    "webhook.changed": "changed the webhook {thing}",
    "webhook.rotated": "gave the webhook {thing} a new secret",
    "webhook.enabled": "enabled the webhook {thing}",
    "webhook.disabled": "disabled the webhook {thing}",
    "webhook.gave_up": "stopped sending to the webhook {thing}",
    "webhook.removed": "removed the webhook {thing}",
    "webhook.tested": "sent a test event to the webhook {thing}",
    "webhook.resent": "sent a message to the webhook {thing} again",
    "preview.retried": "retried the preview of {thing}",
    "activity.exported": "exported activity",
    "activity.pruned": "deleted activity that reached the end of its retention",
}

# For filters: a label, and the prefixes of its verbs; the first match counts.
TOPICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "logins": ("Logins", ("person.log", "person.sessions_ended")),
    "accounts": ("Accounts", ("person.",)),
    "members": ("Members and team", ("member.", "invitation.", "team.")),
    "keys": ("Keys", ("key.", "keys.", "provider_key.")),
    "tokens": ("API tokens", ("token.",)),
    "webhooks": ("Webhooks", ("webhook.",)),
    "clones": ("Clones", ("clone.", "speaker.")),
    "voices": ("Voices", ("voice.", "preview.", "sync.")),
    "bulk": ("Bulk changes and agents", ("bulk.", "agent.")),
    "consent": ("Consent", ("consent.",)),
    "approvals": ("Approvals", ("approval.",)),
    "organising": ("Tags, aliases and views", ("tag.", "alias.", "view.")),
    "auditions": ("Auditions", ("audition.",)),
    "exports": ("Exports and activity", ("library.exported", "pack.", "activity.")),
}


def topic_of(verb: str) -> str:
    """Return the topic of a verb; "" if it is in none."""
    return next((key for key, (_, starts) in TOPICS.items() if verb.startswith(starts)), "")


def record(
    *, actor: User | None, team: Team | None, verb: str, thing: models.Model | None, **facts: Any
) -> AuditEntry:
    """Write an entry in the caller's transaction, without secrets. Raise KeyError for an unknown verb."""
    entry = new_entry(actor=actor, team=team, verb=verb, thing=thing, facts=facts)
    entry.save()
    return entry


def record_by(member: Membership, verb: str, thing: models.Model, /, **facts: Any) -> AuditEntry:
    """Write an entry for what a member did in their team, or staff in a team that they are not in."""
    if member.as_staff:
        facts[AS_STAFF] = True
    return record(actor=member.user, team=member.team, verb=verb, thing=thing, **facts)


def record_each(member: Membership, verb: str, things: Iterable[models.Model], /, **facts: Any) -> int:
    """Write an entry for each of many things that a member changed, in few queries. Return how many."""
    entries = [
        new_entry(actor=member.user, team=member.team, verb=verb, thing=thing, facts=facts)
        for thing in things
    ]
    AuditEntry.objects.bulk_create(entries, batch_size=500)
    return len(entries)


def record_personal(
    user: User, verb: str, thing: models.Model | None = None, /, *, by_person: bool = True, **facts: Any
) -> None:
    """Write an entry about a person's account for each of their teams, or one without a team if they have none.

    `by_person` is False if somebody else acted, as in a failed login.
    """
    teams: list[Team | None] = list(Team.objects.filter(memberships__user=user, deleted_at=None)) or [None]
    actor, about = user if by_person else None, thing or user
    AuditEntry.objects.bulk_create(
        [new_entry(actor=actor, team=team, verb=verb, thing=about, facts=facts) for team in teams]
    )


def new_entry(
    *,
    actor: User | None,
    team: Team | None,
    verb: str,
    thing: models.Model | None,
    facts: Mapping[str, Any],
    at: datetime | None = None,
) -> AuditEntry:
    """Return the entry that `record` would write, unsaved: demo data gives it an earlier time."""
    SENTENCES[verb]
    origin = current_origin()
    entry = AuditEntry(
        at=at or timezone.now(),
        team=team,
        actor=actor,
        actor_name=actor.shown_name if actor else "Voice Studio",
        verb=verb,
        topic=topic_of(verb),
        thing=(thing._meta.model_name or "") if thing else "",
        thing_id=str(thing.pk) if thing else "",
        thing_name=str(thing)[:200] if thing else "",
        facts=dict(facts),
        address=origin.address[:MAX_ADDRESS],
        request_id=origin.request_id[:MAX_REQUEST_ID],
    )
    entry.mac = trail_key().mac(entry.content())
    return entry


def trail_key() -> TrailKey:
    """Return the key of the entries' MACs."""
    return _trail_key(Secret(settings.ACTIVITY_KEY))


@lru_cache(maxsize=2)
def _trail_key(secret: Secret) -> TrailKey:
    return TrailKey(secret)


def sentence(entry: AuditEntry) -> str:
    """Return the entry as a sentence: who did what to which thing."""
    return "".join(sentence_parts(entry))


def sentence_parts(entry: AuditEntry) -> tuple[str, str, str]:
    """Return the sentence in three parts: before the thing's name, the name, and after it."""
    template = SENTENCES.get(entry.verb, entry.verb)
    if "{actor}" not in template:
        template = f"{{actor}} {template}"
    actor = f"{entry.actor_name} (staff)" if entry.facts.get(AS_STAFF) else entry.actor_name
    before, has_thing, after = template.partition("{thing}")
    return before.format(actor=actor), entry.thing_name if has_thing else "", after.format(actor=actor)
