"""A team's tags as its pages show them, and who wrote a voice's note."""

from django.db.models import Count, Q

from voices.library.changes import Change
from voices.models import AuditEntry, Membership, Tag, Voice


def counted_tags(member: Membership) -> list[Tag]:
    """The team's tags by name, each with `many`: on how many voices, the retired too; one query."""
    there = Count("taggings", filter=Q(taggings__voice__deleted_at=None))
    return list(Tag.objects.filter(team=member.team).annotate(many=there).order_by("key"))


def count_of(tag: Tag) -> int:
    """On how many voices of the library the tag is."""
    return tag.voices.filter(deleted_at=None).count()


def tag_names(member: Membership) -> list[str]:
    """The names of the team's tags, as a field suggests them; one query."""
    return list(Tag.objects.filter(team=member.team).order_by("key").values_list("name", flat=True))


def last_note(voice: Voice) -> Change | None:
    """Who wrote the voice's note last, and when; None where nobody has."""
    lines = AuditEntry.objects.filter(thing="voice", thing_id=str(voice.pk), verb="voice.noted")
    line = lines.order_by("-id").first()
    return Change(line.actor_name, line.at) if line else None
