"""A team's tags as its pages show them, and who wrote a voice's note."""

from dataclasses import dataclass

from django.db.models import Count

from voices.library.history import Change
from voices.models import AuditEntry, Membership, Tag, Tagging, Voice


@dataclass(frozen=True)
class CountedTag:
    """A tag, and on how many voices of the library it is, the retired too."""

    tag: Tag
    many: int


def counted_tags(member: Membership) -> list[CountedTag]:
    """The team's tags by name with their counts; two queries.

    All taggings are counted in their index, and those of the few deleted voices taken off: asking each voice
    whether it is deleted took ten times as long at 100,000 voices.
    """
    tags = Tag.objects.filter(team=member.team).annotate(many=Count("taggings")).order_by("key")
    deleted = Tagging.objects.filter(voice__in=Voice.objects.deleted().filter(team=member.team))
    lost = dict(deleted.order_by().values_list("tag").annotate(many=Count("pk")))
    return [CountedTag(tag, tag.many - lost.get(tag.pk, 0)) for tag in tags]


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
