"""Keeping what Althea says of a voice."""

from datetime import datetime
from typing import Any

from voices import althea
from voices.actions.voice.search_text import library_changed, refresh_search
from voices.models import AltheaAccount, CloneJob, PreviewFile, Team, Voice, sort_keys


def voice_columns(upstream: althea.Voice) -> dict[str, Any]:
    """The columns that mirror the API's Voice object; absent ones are empty, the raw answer is kept whole."""
    return {
        "name": upstream.name[:200],
        "description": upstream.description or "",
        "primary_language": (upstream.primary_language or "")[:35],
        "language_label": (upstream.language_label or "")[:120],
        "preview_url": upstream.preview_url or "",
        "ownership": (upstream.ownership or "")[:40],
        "billing_style": (upstream.billing_style or "")[:60],
        "provider": (upstream.provider or "")[:60],
        "definition": dict(upstream.definition or {}),
        "raw": dict(upstream.raw),
        "gone_at": None,
        **sort_keys(
            name=upstream.name,
            primary_language=upstream.primary_language or "",
            language_label=upstream.language_label or "",
        ),
    }


def upsert_voice(
    *, team: Team, account: AltheaAccount, upstream: althea.Voice, now: datetime, job: CloneJob | None = None
) -> Voice:
    """The voice's row in the team's library, new or brought up to date, its preview wished for.

    Call it inside the change's transaction. With a job, the row says who cloned it from what.
    """
    origin = (
        {}
        if job is None
        else {
            "job": job,
            "sample": job.sample,
            "steward": job.key,
            "added_by": job.actor,
        }
    )
    voice, _ = Voice.objects.update_or_create(
        team=team,
        account=account,
        voice_id=upstream.voice_id,
        defaults={**voice_columns(upstream), **origin, "changed_at": now},
        create_defaults={**voice_columns(upstream), **origin, "created_at": now, "changed_at": now},
    )
    PreviewFile.objects.get_or_create(voice=voice, defaults={"due_at": now})
    refresh_search([voice.pk])
    library_changed(team.pk)
    return voice
