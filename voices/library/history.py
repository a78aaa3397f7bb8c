"""What history says of a voice: who changed it last, and which clone took its place."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from voices.models import AuditEntry, CloneJob, Voice


@dataclass(frozen=True)
class Change:
    """Who changed a voice, and when; `who` is "" for a change at Althea, of which `at` is when we learnt of it."""

    who: str
    at: datetime


def last_change(voice: Voice) -> Change:
    """Who made the voice's name, description and language what they are now."""
    lines = _lines("voice", voice.pk)
    line = lines.filter(verb__in=("voice.renamed", "voice.edited")).first()
    if line is not None and _is_as_left(voice, line):
        return Change(line.actor_name, line.at)
    return Change("", voice.changed_at)


def _lines(thing: str, pk: UUID) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(thing=thing, thing_id=str(pk)).order_by("-id")


def _is_as_left(voice: Voice, line: AuditEntry) -> bool:
    if line.verb == "voice.renamed":
        return bool(line.facts.get("to") == voice.name)
    changes = line.facts.get("changes") or {}
    return all(getattr(voice, name, None) == pair[-1] for name, pair in changes.items())


def came_by(voice: Voice) -> str:
    """The verb of the line that brought the voice in: voice.cloned or voice.adopted; "" for one that a sync found."""
    line = _lines("voice", voice.pk).filter(verb__in=("voice.cloned", "voice.adopted")).first()
    return line.verb if line else ""


def cloned_again(voice: Voice) -> CloneJob | None:
    """The newest clone that was asked for in the place of a deleted or gone voice, with its own voice if it has one."""
    line = _lines("voice", voice.pk).filter(verb="voice.cloned_again").first()
    jobs = CloneJob.objects.select_related("voice").filter(team=voice.team_id)
    return jobs.filter(pk=line.facts["job"]).first() if line else None


def replaced_by(job: CloneJob) -> Voice | None:
    """The voice in whose place the clone was asked for, its aliases read ahead; None for any other clone."""
    line = _lines("clonejob", job.pk).filter(verb="clone.submitted").first()
    replaced = line.facts.get("replaces") if line else None
    voices = Voice.objects.filter(team=job.team_id).prefetch_related("aliases")
    return voices.filter(pk=replaced).first() if replaced else None
