"""The recording in the clone form: uploaded now, or stored at the last try and carried by the form."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from voices.access import get_sample_for
from voices.actions.clone.samples import RefusedSampleError, keep_sample
from voices.audio.findings import Finding
from voices.models import Membership, Sample
from voices.web.clone.form import CloneForm
from voices.web.clone.uploads import received
from voices.web.http import StudioRequest

SALT = "clone.sample"


@dataclass(frozen=True)
class Recording:
    """A stored recording with the name of the file that came this time, or what is wrong with the one that came."""

    sample: Sample | None = None
    filename: str = ""
    finding: Finding | None = None


def is_complete(request: StudioRequest) -> bool:
    """Whether the form arrived to its last field: of a body that was cut off, Django reads what there is."""
    return "complete" in request.POST


def sign_recording(member: Membership, sample: Sample, filename: str = "") -> str:
    """Return a stored recording's id and file name, signed for this person in this team."""
    return signing.dumps([str(sample.pk), filename or sample.filename], salt=f"{SALT}.{member.pk}")


def read_recording(request: StudioRequest, form: CloneForm) -> Recording:
    """Return the uploaded recording, or the stored one of the last try. Add errors to the form."""
    files = request.FILES.getlist("file")
    if len(files) > 1:
        form.add_error("file", "Choose only one recording.")
        return Recording()
    if files:
        return _store(request, form, files[0])
    recording = _carried(request.member, request.POST.get("sample", ""))
    if recording.sample is None:
        form.add_error("file", "Choose a recording. A WAV or MP3 file of 30 to 60 seconds works best.")
    return recording


def _store(request: StudioRequest, form: CloneForm, file: "UploadedFile[Any]") -> Recording:
    upload, sha256 = received(file)
    try:
        sample = keep_sample(member=request.member, file=upload, sha256=sha256)
    except RefusedSampleError as refused:
        form.add_error("file", refused.finding.message)
        return Recording(finding=refused.finding)
    return Recording(sample, file.name or sample.filename)


def _carried(member: Membership, text: str) -> Recording:
    try:
        sample_id, filename = signing.loads(text, salt=f"{SALT}.{member.pk}")
        return Recording(get_sample_for(member, UUID(sample_id)), filename)
    except (signing.BadSignature, ValueError, TypeError):
        return Recording()
