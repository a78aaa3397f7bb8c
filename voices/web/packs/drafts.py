"""The voices of a pack on the import's page: what would be created, what is missing, and what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass

from voices.actions.packs.reviewing import CreationMethod, Review
from voices.kit import languages
from voices.library.labels import CONSENT
from voices.models import Basis, Consent, Relation
from voices.providers.registry import provider_name, providers
from voices.web.packs.form import secret_name


@dataclass(frozen=True)
class SecretControl:
    """The control for a value that the pack lacks. It never has a value itself."""

    name: str
    label: str
    is_known: bool
    problem: str


@dataclass(frozen=True)
class Draft:
    """A voice of the pack, as the page shows it."""

    review: Review
    facts: str
    consent: str
    secrets: list[SecretControl]
    problem: str


def drafts_of(reviews: Iterable[Review], *, is_sent: bool) -> list[Draft]:
    """Return the drafts; missing values are errors only once the form was submitted."""
    return [_draft(one, is_sent=is_sent) for one in reviews]


def _draft(review: Review, *, is_sent: bool) -> Draft:
    secrets = [
        SecretControl(
            secret_name(review.row, place),
            label_of(path),
            path in review.known_secrets,
            review.problems.get(path, "") if is_sent and review.is_chosen else "",
        )
        for place, path in enumerate(review.secrets)
    ]
    problem = review.problems.get("name", "") if review.is_chosen else ""
    return Draft(review, _facts(review), consent_text(review.consent), secrets, problem)


def label_of(path: str) -> str:
    """Return a path in a definition as people read it: `/generic/headers/X-Key` -> `Headers › X-Key`."""
    engine, *parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    provider = providers().get(engine)
    field = provider.by_name.get(parts[0]) if provider and parts else None
    return " › ".join([field.label, *parts[1:]] if field else parts)


def _facts(review: Review) -> str:
    packed = review.packed
    found = languages.find(packed.language) if packed.language else None
    what = {
        CreationMethod.CLONE: "Clone with recording",
        CreationMethod.SETTINGS: f"{provider_name(packed.provider) or 'Provider'} settings",
    }
    facts = [what.get(review.method, packed.provider), found.name if found else packed.language, packed.stage]
    facts += [f"{len(packed.tags)} tag{'s' if len(packed.tags) > 1 else ''}"] if packed.tags else []
    facts += [", ".join(packed.aliases)] if packed.aliases else []
    facts += ["note"] if packed.notes else []
    return " · ".join(fact for fact in facts if fact)


def consent_text(consent: Consent | None) -> str:
    """Return a pack's consent as text; "" without one."""
    if consent is None:
        return ""
    until = f"until {consent.expires_on}" if consent.expires_on else ""
    if consent.basis != Basis.AGREED:
        return ", ".join(part for part in (CONSENT[Basis(consent.basis)], until) if part)
    relation = str(Relation(consent.relation).label).lower()
    parts = [consent.speaker, relation, consent.proof, until]
    return ", ".join(part for part in parts if part)
