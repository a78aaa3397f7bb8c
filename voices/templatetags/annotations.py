"""The data of the annotation fragments of a voice, so that any page can include them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django import template

from voices.access import Verb, may
from voices.actions.organise.annotations import MAX_NOTES, note_digest
from voices.library.aliases import AliasEvent, alias_history
from voices.library.approvals import waiting_stage
from voices.library.history import Change, last_note
from voices.library.tags import tag_names
from voices.models import Alias, Approval, Membership, Stage, Tag, Voice

register = template.Library()


@dataclass(frozen=True)
class Annotations:
    """A voice's tags, stage, note and aliases for one person, each read when it is rendered."""

    member: Membership
    voice: Voice
    stages: Sequence[tuple[str, str]] = tuple((stage.value, str(stage.label)) for stage in Stage)
    max_note_length: int = MAX_NOTES

    @property
    def may_change(self) -> bool:
        """Whether the person may change them. Those of a deleted voice are frozen."""
        return may(self.member, Verb.ORGANISE) and self.voice.deleted_at is None

    @cached_property
    def tags(self) -> list[Tag]:
        """The voice's tags, by name."""
        return list(self.voice.tags.all())

    @cached_property
    def suggested(self) -> list[str]:
        """The team's tags that the voice does not have."""
        own = {tag.name for tag in self.tags}
        return [name for name in tag_names(self.member) if name not in own]

    @cached_property
    def waiting_stage(self) -> Approval | None:
        """The request that waits to move it to Approved."""
        return waiting_stage(self.voice)

    @cached_property
    def aliases(self) -> list[Alias]:
        """The aliases that point to the voice, by name."""
        return sorted(self.voice.aliases.all(), key=lambda alias: alias.name)

    @cached_property
    def alias_history(self) -> Sequence[AliasEvent]:
        """The history of the voice's aliases, newest first."""
        return alias_history(self.voice)

    @cached_property
    def last_note(self) -> Change | None:
        """The author and time of the note's last change."""
        return last_note(self.voice)

    @property
    def note_digest(self) -> str:
        """The version of the note, which its form sends back."""
        return note_digest(self.voice.notes)


@register.simple_tag
def annotations_of(member: Membership, voice: Voice) -> Annotations:
    """Return the annotations of a voice as the member sees them."""
    return Annotations(member, voice)
