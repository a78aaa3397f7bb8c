"""The encryption key: it opens the stored secrets, and will still exist at the next start."""

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from voices import gateway
from voices.actions.checkup.base import Check, Problem
from voices.models import SealCanary

REMEDY = (
    "Restore the encryption key that was used before: secrets/enc.key in the data folder, "
    "or VOICESTUDIO_ENCRYPTION_KEYS."
)


def _problems() -> Iterator[Problem]:
    canary = SealCanary.objects.first()
    if canary is None:
        return  # nothing has been stored yet: the first start creates the key
    try:
        gateway.open_canary(canary)
    except ImproperlyConfigured as problem:
        yield Problem(sentence=str(problem).rstrip(".").partition(". ")[0], remedy=REMEDY)
        return
    file = settings.ENCRYPTION_KEY_FILE
    if settings.ENCRYPTION_KEYS_IN_FILE and not file.is_file():
        yield Problem(
            sentence=f"the key file {file.name} is missing; the next start would fail",
            remedy=REMEDY,
            stops_pages=False,
        )


CHECK = Check(name="encryption key", problems=_problems, is_probed=True, uses_database=True)
