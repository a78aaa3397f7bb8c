"""What the fragments of a voice's order need beside the voice, so that any page can include them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django import template

from voices.access import Verb, may
from voices.actions.organise.annotations import MAX_NOTES, note_digest
from voices.actions.organise.tags import MAX_ON_VOICE
from voices.library.aliases import AliasEvent, alias_history
from voices.library.history import Change, last_note
from voices.library.tags import tag_names
from voices.models import Alias, Membership, Stage, Tag, Voice

register = template.Library()


@dataclass(frozen=True)
class Order:
    """A voice's tags, stage, note and aliases for one person; each is read when it is drawn."""

    member: Membership
    voice: Voice
    stages: Sequence[tuple[str, str]] = tuple((stage.value, str(stage.label)) for stage in Stage)
    most_notes: int = MAX_NOTES
    most_tags: int = MAX_ON_VOICE

    @property
    def may_change(self) -> bool:
        """Whether the person may change them; a deleted voice is left as it was."""
        return may(self.member, Verb.ORGANISE) and self.voice.deleted_at is None

    @cached_property
    def tags(self) -> list[Tag]:
        """The voice's tags, by their words."""
        return list(self.voice.tags.all())

    @cached_property
    def suggested(self) -> list[str]:
        """The team's tags that the voice has not."""
        has = {tag.name for tag in self.tags}
        return [name for name in tag_names(self.member) if name not in has]

    @cached_property
    def aliases(self) -> list[Alias]:
        """The aliases that point at the voice, by name."""
        return sorted(self.voice.aliases.all(), key=lambda alias: alias.name)

    @cached_property
    def steps(self) -> Sequence[AliasEvent]:
        """What became of the voice's aliases, newest first."""
        return alias_history(self.voice)

    @cached_property
    def note(self) -> Change | None:
        """Who wrote the note last."""
        return last_note(self.voice)

    @property
    def note_mark(self) -> str:
        """What the note's form says it was read at."""
        return note_digest(self.voice.notes)


@register.simple_tag
def annotations_of(member: Membership, voice: Voice) -> Order:
    """The order of a voice as the member sees it."""
    return Order(member, voice)
