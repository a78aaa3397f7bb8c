"""Whether a person has a second factor, and whether their team lets them in without one."""

from allauth.mfa.models import Authenticator

from voices.models import Membership, User

# Recovery codes replace a lost factor; they are not a factor themselves.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: User) -> bool:
    """Whether the person has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def lacks_second_factor(member: Membership) -> bool:
    """Whether the team requires a second factor of its members and this one has none."""
    return member.team.require_second_factor and not has_second_factor(member.user)
