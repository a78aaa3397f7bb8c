"""allauth's second factors: sealed like keys, rendered without inline styles, with each change in the audit trail."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_variables
from qrcode.image.svg import SvgPathImage
from qrcode.main import make

from voices import audit, gateway
from voices.access.second_factor import FACTORS
from voices.models import Membership, User

NEEDED = "Your team requires a second factor, and this is your only one. Add another one first."
ERROR_MESSAGES = {
    "incorrect_code": "That code isn't right. Codes change every 30 seconds and work only once, so try the next one.",
    "cannot_delete_authenticator": NEEDED,
    "cannot_generate_recovery_codes": "Recovery codes stand in for a second factor. Add one first.",
}


class SecondFactors(DefaultMFAAdapter):
    """allauth's adapter, with our encryption, messages and drawing."""

    error_messages = DefaultMFAAdapter.error_messages | ERROR_MESSAGES

    @sensitive_variables()
    def encrypt(self, text: str) -> str:
        """Seal the secret of an app, or the seed of recovery codes."""
        return gateway.seal_factor(text)

    @sensitive_variables()
    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed. Raises SealError."""
        return gateway.open_factor(encrypted_text)

    @sensitive_variables()
    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an element of the page; our policy forbids `data:` images."""
        drawn = make(url, image_factory=SvgPathImage, border=2)  # type: ignore[no-untyped-call]  # has no types
        return mark_safe(str(drawn.to_string(encoding="unicode")))  # noqa: S308  # drawn here: squares, no text

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Return False for the only factor of a person in a team that requires one."""
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=FACTORS)
        if others.exclude(pk=authenticator.pk).exists():
            return True
        return not Membership.objects.filter(
            user=authenticator.user_id, team__require_second_factor=True, team__deleted_at=None
        ).exists()

    def generate_authenticator_name(
        self, user: AbstractBaseUser, type: Authenticator.Type
    ) -> str:  # allauth's
        """Return a name for a passkey that was given none."""
        held = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {held + 1}" if held else "Passkey"


def audit_added(*, instance: Authenticator, created: bool, **_: Any) -> None:
    """Record a new second factor or new recovery codes, in the transaction that makes them (signal `post_save`)."""
    if created:
        verb = "person.codes_made" if _are_codes(instance) else "person.factor_added"
        audit.record_personal(instance.user, verb, instance)


def audit_removed(*, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Record that a second factor was removed (allauth's signal). With the last one, recovery codes are deleted."""
    if not _are_codes(authenticator):
        audit.record_personal(user, "person.factor_removed", authenticator)


def audit_failed(*, user: User, **_: Any) -> None:
    """Record that a code or passkey was wrong (allauth's signal)."""
    audit.record_personal(user, "person.factor_failed", by_person=False)


def _are_codes(authenticator: Authenticator) -> bool:
    return authenticator.type == Authenticator.Type.RECOVERY_CODES
