"""Storing voices from Althea."""

from datetime import datetime
from typing import Any

from voices import althea
from voices.actions.sync.runs import keys_of
from voices.actions.voice.changed import voices_changed
from voices.actions.voice.definitions import public_definition, sealed_secrets
from voices.models import (
    AltheaAccount,
    ApiKey,
    CloneJob,
    Membership,
    PreviewFile,
    Team,
    Voice,
    VoiceOrigin,
    sort_keys,
)
from voices.providers.models import model_of


def voice_columns(upstream: althea.Voice) -> dict[str, Any]:
    """Return the columns that mirror the API's Voice object; absent fields are empty, and `raw` has the whole object.

    They contain no secrets of the definition, which are stored in `sealed_secrets`.
    """
    definition = public_definition(upstream.definition or {})
    return {
        "name": upstream.name[:200],
        "description": upstream.description or "",
        "primary_language": (upstream.primary_language or "")[:35],
        "language_label": (upstream.language_label or "")[:120],
        "preview_url": upstream.preview_url or "",
        "ownership": (upstream.ownership or "")[:40],
        "billing_style": (upstream.billing_style or "")[:60],
        "provider": (upstream.provider or "")[:60],
        "definition": definition,
        "model": model_of(definition),
        "raw": {**upstream.raw, "definition": definition}
        if "definition" in upstream.raw
        else dict(upstream.raw),
        "gone_at": None,
        **sort_keys(
            name=upstream.name,
            primary_language=upstream.primary_language or "",
            language_label=upstream.language_label or "",
        ),
    }


def _steward(job: CloneJob) -> ApiKey | None:
    """Return the job's key, or another member's key for the account if its owner has left the team."""
    owners = Membership.objects.filter(team=job.team_id, user=job.key.owner_id if job.key else None)
    return job.key if owners.exists() else keys_of(job.team).filter(account=job.account_id).first()


def _keep_secrets(voice: Voice, upstream: althea.Voice) -> None:
    """Seal the definition's secrets for the row, which needs its id."""
    before, voice.sealed_secrets = voice.sealed_secrets, sealed_secrets(upstream.definition, row_id=voice.pk)
    if before or voice.sealed_secrets:
        voice.save(update_fields=["sealed_secrets"])


def upsert_voice(
    *,
    team: Team,
    account: AltheaAccount,
    upstream: althea.Voice,
    origin: VoiceOrigin,
    now: datetime,
    job: CloneJob | None = None,
) -> Voice:
    """Create or update the voice's row in the team's library, request a preview that is free, and return the row.

    Call it in the change's transaction. With a job, the row says who cloned it from what.
    """
    columns = {**voice_columns(upstream), "origin": origin, "changed_at": now}
    if job is not None:
        columns |= {"job": job, "sample": job.sample, "steward": _steward(job), "added_by": job.actor}
    if job is not None and job.consent is not None:
        columns |= {"consent": job.consent, "consent_state": job.consent.state(now)}
    voice, _ = Voice.objects.update_or_create(
        team=team,
        account=account,
        voice_id=upstream.voice_id,
        defaults=columns,
        create_defaults={**columns, "created_at": now},
    )
    _keep_secrets(voice, upstream)
    if (
        job is None or job.is_clone or not voice.is_external
    ):  # otherwise its provider charges for it, so it is fetched only on request
        PreviewFile.objects.get_or_create(voice=voice, defaults={"due_at": now})
    voices_changed(team.pk, reworded=[voice.pk])
    return voice
