"""The library's rows, cached by their content: rendering them was half of a page's time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from voices.models import ConsentState, Voice
from voices.providers.models import ageing_sentence, find_ageing
from voices.providers.registry import provider_name

register = template.Library()

CACHED_ROWS = 4_096  # some 2 KB each
MAX_TAG_LETTERS = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    """All that a row shows. Equal ones look the same, so the cache needs no invalidation."""

    pk: UUID
    voice_id: str
    name: str
    initials: str
    face: int
    description: str
    gone_at: datetime | None
    is_quarantined: bool
    health_problem: str
    model_state: str  # "deprecated" or "retired", "" for what is neither
    model_note: str
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
        """The tags that fit: two if they are short, else one."""
        return self.tags[: 2 if sum(map(len, self.tags[:2])) <= MAX_TAG_LETTERS else 1]

    @property
    def other_tags(self) -> Sequence[str]:
        """The remaining tags."""
        return self.tags[len(self.first_tags) :]


def row_of(voice: Voice) -> Row:
    """Return the row of a voice whose owner and tags are already loaded."""
    ageing, today = find_ageing(voice.model), timezone.now().date()
    return Row(
        pk=voice.pk,
        voice_id=voice.voice_id,
        name=voice.name,
        initials=voice.initials,
        face=voice.face,
        description=voice.description,
        gone_at=voice.gone_at,
        is_quarantined=voice.consent_state == ConsentState.ENDED,
        health_problem=voice.health_problem,
        model_state=ageing.state_on(today) if ageing else "",
        model_note=ageing_sentence(voice.model, today),
        primary_language=voice.primary_language,
        language_label=voice.language_label,
        provider=provider_name(voice.provider),
        tags=tuple(tag.name for tag in voice.tags.all()),
        stage=voice.stage,
        stage_label=str(voice.get_stage_display()),
        owner=voice.added_by.shown_name if voice.added_by else "",
        is_favourite=voice.is_favourite,
    )


@lru_cache(maxsize=CACHED_ROWS)
def _rendered(row: Row) -> SafeString:
    return render_to_string("library/_row.html", {"voice": row})


@register.simple_tag
def voice_row(voice: Voice) -> SafeString:
    """Render a voice as a row of the library."""
    return _rendered(row_of(voice))
