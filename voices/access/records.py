"""Access to tags, aliases, saved views, bulk changes, clone jobs, batches, packs, keys and recordings."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from voices.access.roles import Verb, may, require
from voices.models import (
    Alias,
    ApiKey,
    BulkRun,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Consent,
    Membership,
    PackImport,
    PackImportRow,
    Role,
    Sample,
    SavedView,
    Tag,
    User,
)

CONSENT_ENDED = "The consent for this voice was withdrawn or has expired, so it can't be played."


def get_tag_for(member: Membership, tag_id: int) -> Tag:
    """Return a tag of the team that the member may rename, merge and remove. Raises Http404, PermissionDenied."""
    tag = Tag.objects.filter(team=member.team, pk=tag_id).first()
    if tag is None:
        raise Http404("There is no such tag in your team.")
    require(member, Verb.ORGANISE)
    return tag


def get_alias_for(member: Membership, alias_id: UUID) -> Alias:
    """Return an alias of the team that the member may move. Raises Http404, PermissionDenied."""
    alias = Alias.objects.select_related("voice").filter(team=member.team, pk=alias_id).first()
    if alias is None:
        raise Http404("There is no such alias in your team.")
    require(member, Verb.ORGANISE)
    return alias


def get_named_alias_for(member: Membership, name: str) -> Alias:
    """Return the team's alias of that name with its voice, in one query. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    alias = Alias.objects.select_related("voice").filter(team=member.team, name=name).first()
    if alias is None:
        raise Http404(f"Your team has no alias {name}.")
    return alias


def get_view_for(member: Membership, view_id: UUID) -> SavedView:
    """Return a saved view that the member may change: their own, or a shared one for an admin. Raises Http404."""
    views = SavedView.objects.filter(team=member.team, pk=view_id)
    if member.role != Role.ADMIN:
        views = views.filter(owner=member.user)
    view = views.filter(Q(owner=member.user) | Q(is_shared=True)).first()
    if view is None:
        raise Http404("You have no such saved view.")
    return view


def get_bulk_run_for(member: Membership, run_id: UUID) -> BulkRun:
    """Return a bulk change of the member's own, or any of the team for an admin. Raises Http404."""
    runs = BulkRun.objects.select_related("team", "actor").filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        runs = runs.filter(actor=member.user)
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise Http404("You have no such bulk change.")
    return run


def get_job_for(member: Membership, job_id: UUID) -> CloneJob:
    """Return a clone job of the member's own, or any of the team for an admin. Raises Http404."""
    jobs = CloneJob.objects.with_parts().filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        jobs = jobs.filter(actor=member.user)
    job = jobs.filter(pk=job_id).first()
    if job is None:
        raise Http404("You have no such clone.")
    return job


def get_batch_for(member: Membership, batch_id: UUID) -> CloneBatch:
    """Return a batch of recordings of the member's own, or any of the team for an admin. Raises Http404."""
    batch = _batches_for(member).filter(pk=batch_id).first()
    if batch is None:
        raise Http404("You have no such batch.")
    return batch


def get_batch_row_for(member: Membership, row_id: int) -> CloneBatchRow:
    """Return a row of such a batch, with the batch. Raises Http404."""
    rows = CloneBatchRow.objects.select_related("batch__team", "batch__key__account")
    row = rows.filter(batch__in=_batches_for(member), pk=row_id).first()
    if row is None:
        raise Http404("None of your batches has this recording.")
    return row


def _batches_for(member: Membership) -> QuerySet[CloneBatch]:
    batches = CloneBatch.objects.select_related("team", "actor", "key__account").filter(team=member.team)
    return batches if may(member, Verb.SEE_ALL_JOBS) else batches.filter(actor=member.user)


def get_pack_for(member: Membership, pack_id: UUID) -> PackImport:
    """Return an import of a voice pack of the member's own, or any of the team for an admin. Raises Http404."""
    pack = _packs_for(member).filter(pk=pack_id).first()
    if pack is None:
        raise Http404("You have no such import.")
    return pack


def get_pack_row_for(member: Membership, row_id: UUID) -> PackImportRow:
    """Return a voice of such an import. Raises Http404."""
    row = PackImportRow.objects.filter(pack__in=_packs_for(member), pk=row_id).first()
    if row is None:
        raise Http404("None of your imports has this voice.")
    return row


def _packs_for(member: Membership) -> QuerySet[PackImport]:
    parts = ("team", "actor", "key__account", "key__owner")
    packs = PackImport.objects.select_related(*parts).filter(team=member.team)
    return packs if may(member, Verb.SEE_ALL_JOBS) else packs.filter(actor=member.user)


def get_key_for(user: User, key_id: UUID) -> ApiKey:
    """Return a stored key of that person. Raises Http404."""
    key = ApiKey.objects.owned_by(user).filter(pk=key_id).first()
    if key is None:
        raise Http404("You have no such key.")
    return key


def get_sample_for(member: Membership, sample_id: UUID) -> Sample | None:
    """Return a sample of the team, or None if it was deleted or is another team's.

    The id comes from a signed value made for this person; a teammate may have uploaded the same bytes first.
    """
    return Sample.objects.filter(team=member.team, pk=sample_id).first()


def get_heard_sample_for(member: Membership, sample_id: UUID, *, now: datetime) -> Sample:
    """Return a recording of the team that the member may hear. Raises Http404, PermissionDenied.

    Nobody may if its consent was withdrawn or has expired.
    """
    require(member, Verb.CLONE)
    sample = Sample.objects.select_related("parent").filter(team=member.team, pk=sample_id).first()
    if sample is None:
        raise Http404("There is no such recording in your team.")
    if Consent.objects.quarantine(sample, now):
        raise PermissionDenied(CONSENT_ENDED)
    return sample
