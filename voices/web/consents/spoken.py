"""The recording of the spoken statement: uploaded with the form, or stored by an earlier submission."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from voices.access import get_sample_for
from voices.actions.clone.samples import RefusedSampleError, store_sample
from voices.models import Membership, Sample
from voices.web.clone.uploads import received
from voices.web.http import StudioRequest

SALT = "consent.spoken"


@dataclass(frozen=True)
class Spoken:
    """The stored recording, with the token that the form references it by, or the problem of the uploaded file."""

    sample: Sample | None = None
    token: str = ""
    problem: str = ""


def read_spoken(request: StudioRequest) -> Spoken:
    """Return the recording uploaded in `spoken`, or the one that the form references; empty without either."""
    files = request.FILES.getlist("spoken")
    if not files:
        return _carried(request.member, request.POST.get("spoken_kept", ""))
    upload, sha256 = received(files[0])
    try:
        return _kept(request.member, store_sample(member=request.member, file=upload, sha256=sha256))
    except RefusedSampleError as refused:
        return Spoken(problem=refused.finding.message)


def _kept(member: Membership, sample: Sample) -> Spoken:
    return Spoken(sample, signing.dumps(str(sample.pk), salt=f"{SALT}.{member.pk}"))


def _carried(member: Membership, text: str) -> Spoken:
    try:
        sample = get_sample_for(member, UUID(signing.loads(text, salt=f"{SALT}.{member.pk}")))
    except (signing.BadSignature, ValueError, TypeError):
        return Spoken()
    return _kept(member, sample) if sample else Spoken()
