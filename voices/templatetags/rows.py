"""The library's rows: each drawn once for all that show the same, since drawing was half of what a page took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from voices.models import Voice

register = template.Library()

KEPT_ROWS = 4_096  # some 2 KB each
TAG_LETTERS = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    """All that a row shows. Two that are equal look the same, so nothing has ever to be forgotten."""

    pk: UUID
    voice_id: str
    name: str
    initials: str
    face: int
    description: str
    gone_at: datetime | None
    primary_language: str
    language_label: str
    provider: str
    tags: tuple[str, ...]
    stage: str
    stage_label: str
    owner: str
    is_favourite: bool

    @property
    def first_tags(self) -> Sequence[str]:
        """The tags that there is room for: two where they are short."""
        return self.tags[: 2 if sum(map(len, self.tags[:2])) <= TAG_LETTERS else 1]

    @property
    def other_tags(self) -> Sequence[str]:
        """The rest of them."""
        return self.tags[len(self.first_tags) :]


def row_of(voice: Voice) -> Row:
    """What the row of this voice shows; its owner and its tags have been read already."""
    return Row(
        pk=voice.pk,
        voice_id=voice.voice_id,
        name=voice.name,
        initials=voice.initials,
        face=voice.face,
        description=voice.description,
        gone_at=voice.gone_at,
        primary_language=voice.primary_language,
        language_label=voice.language_label,
        provider=voice.provider,
        tags=tuple(tag.name for tag in voice.tags.all()),
        stage=voice.stage,
        stage_label=str(voice.get_stage_display()),
        owner=voice.added_by.shown_name if voice.added_by else "",
        is_favourite=voice.is_favourite,
    )


@lru_cache(maxsize=KEPT_ROWS)
def _drawn(row: Row) -> SafeString:
    return render_to_string("library/_row.html", {"voice": row})


@register.simple_tag
def voice_row(voice: Voice) -> SafeString:
    """The voice as a row of the library."""
    return _drawn(row_of(voice))
