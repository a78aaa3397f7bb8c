"""The recording in the clone form: uploaded now, or stored earlier and referenced by the form."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from voices.access import get_sample_for
from voices.actions.clone.samples import RefusedSampleError, store_sample
from voices.audio.findings import Finding
from voices.audio.wording import format_name, length, megabytes
from voices.models import Membership, Sample
from voices.web.clone.uploads import received
from voices.web.http import StudioRequest

SALT = "clone.sample"
NONE_CHOSEN = "Choose a recording. 30 to 60 seconds of one clear voice work best."
NO_LONGER_STORED = "This recording wasn't used for an hour, so it's no longer stored. Choose it again."
TOO_MANY = "Choose only one recording."


@dataclass(frozen=True)
class Recording:
    """A stored recording with the name of the uploaded file, or the problem of the uploaded file.

    `problem` is a sentence about the file, `part_problem` about the part of it that was chosen.
    """

    sample: Sample | None = None
    filename: str = ""
    finding: Finding | None = None
    problem: str = ""
    part_problem: str = ""

    @property
    def refused_facts(self) -> str:
        """The properties of a refused file: `M4A · 7 seconds · 90 kB`."""
        found = self.finding
        if found is None:
            return ""
        facts = [format_name(found.container or ""), length(found.seconds) if found.seconds else ""]
        return " · ".join(fact for fact in [*facts, megabytes(found.size_bytes)] if fact)


def is_complete(request: StudioRequest) -> bool:
    """Whether the form arrived with its last field: Django parses truncated bodies as far as they go."""
    return "complete" in request.POST


def sign_recording(member: Membership, sample: Sample, filename: str = "") -> str:
    """Return a stored recording's id and file name, signed for this person in this team."""
    return signing.dumps([str(sample.pk), filename or sample.filename], salt=f"{SALT}.{member.pk}")


def read_recording(request: StudioRequest) -> Recording:
    """Return the uploaded recording, or the stored one that the form references, or why there is none."""
    files = request.FILES.getlist("file")
    if len(files) > 1:
        return Recording(problem=TOO_MANY)
    if files:
        return _store(request, files[0])
    return carried_recording(request.member, request.POST.get("sample", ""))


def _store(request: StudioRequest, file: "UploadedFile[Any]") -> Recording:
    upload, sha256 = received(file)
    filename = file.name or ""
    try:
        sample = store_sample(member=request.member, file=upload, sha256=sha256)
    except RefusedSampleError as refused:
        return Recording(None, filename, refused.finding, refused.finding.message)
    return Recording(sample, filename or sample.filename)


def carried_recording(member: Membership, text: str) -> Recording:
    """Return the stored recording that the signed text names for this person, or why there is none."""
    try:
        sample_id, filename = signing.loads(text, salt=f"{SALT}.{member.pk}")
        sample = get_sample_for(member, UUID(sample_id))
    except (signing.BadSignature, ValueError, TypeError):
        return Recording(problem=NONE_CHOSEN)
    return Recording(sample, filename) if sample else Recording(problem=NO_LONGER_STORED)
