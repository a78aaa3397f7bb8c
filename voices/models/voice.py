"""A team's voices: every field of the API's Voice object, and what the team keeps beside it."""

import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Func, Q

from voices.models.clone_jobs import CloneJob
from voices.models.consents import Consent, ConsentState
from voices.models.indexes import PostgresGinIndex, PostgresIndex
from voices.models.keys import AltheaAccount, ApiKey
from voices.models.people import Team, User
from voices.models.samples import Sample


class Stage(models.TextChoices):
    """A team's release stage of a voice."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class Ownership(models.TextChoices):
    """Who a voice belongs to. A newer API may send other values, so the column is not limited to these."""

    PRIVATE = "private", "Private to the account"
    PUBLIC = "public", "Public catalogue"


class VoiceOrigin(models.TextChoices):
    """The source of a voice."""

    CLONED = "cloned", "Cloned here"
    CREATED = "created", "Created here from a provider's settings"
    ADOPTED = "adopted", "Matched to an existing voice by name"
    SYNCED = "synced", "Found by a sync"


class Health(models.TextChoices):
    """The result of the last fetch of a voice's preview."""

    UNHEARD = "unheard", "Not fetched yet"
    GOOD = "good", "Plays"
    FAILING = "failing", "Preview fails"


EXTERNAL = "VOICE_BILLING_STYLE_EXTERNAL"
NEVER_PLAYED = datetime(1970, 1, 1, tzinfo=UTC)


class VoiceQuerySet(models.QuerySet["Voice"]):
    """Voices, by rules that several modules share."""

    def of_team(self, team: Team) -> Self:
        """Return that team's voices, without the deleted ones."""
        return self.filter(team=team, deleted_at=None)

    def available(self) -> Self:
        """Return the voices that Althea has, as far as we know: neither gone nor deleted."""
        return self.filter(gone_at=None, deleted_at=None)

    def deleted(self) -> Self:
        """Return the tombstones: voices that a person deleted, kept so that they can be cloned again."""
        return self.exclude(deleted_at=None)

    def custom(self) -> Self:
        """Return the voices that belong to an account: all but the public catalogue's."""
        return self.exclude(ownership=Ownership.PUBLIC)

    def with_free_preview(self) -> Self:
        """Return the voices whose preview is stored at Althea.

        That of an external voice is generated when it is asked for, and its provider may charge for it.
        """
        return self.exclude(billing_style=EXTERNAL)

    def quarantined(self) -> Self:
        """Return the voices whose consent was withdrawn or has expired."""
        return self.filter(consent_state=ConsentState.ENDED)

    def holding_name(self, account: AltheaAccount, name: str) -> Self:
        """Return the account's voices that occupy this name; the public catalogue's do not."""
        return self.available().custom().filter(account=account, name=name)

    def change(self, now: datetime, **columns: Any) -> int:
        """Set the columns as a visible change. Return how many voices were changed.

        One UPDATE, which also increments the version and sets the time of the change. Announce it in the same
        transaction (`actions/voice/changed.py`).
        """
        return self.update(**columns, version=F("version") + 1, changed_at=now)


# PostgreSQL knows how rare a value is and uses these indexes only where they help. SQLite has its own index.
POSTGRES_INDEXES = (
    PostgresGinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="voices_by_trigrams"),
    # A term of two letters, as a name in Chinese or Japanese, has no trigram: pg_trgm would read its whole index, 180
    # ms at 100,000 voices. So pairs of letters, and single ones beyond ASCII, have an index: 0.1 ms for a new voice.
    PostgresGinIndex(Func("search_text", function="voices_pairs"), name="voices_by_pairs"),
    PostgresIndex(fields=["team", "language"], name="voices_of_language"),
    PostgresIndex(fields=["team", "provider"], name="voices_of_provider"),
    PostgresIndex(fields=["team", "health"], name="voices_of_health"),
    PostgresIndex(fields=["team", "account"], name="voices_of_account"),
    PostgresIndex(fields=["team", "model"], name="voices_of_model"),
    PostgresIndex(fields=["team", "added_by"], name="voices_of_owner"),
    PostgresIndex(fields=["team", "gone_at"], condition=Q(gone_at__isnull=False), name="voices_gone"),
    PostgresIndex(fields=["team"], condition=Q(consent_state="ended"), name="voices_quarantined"),
)


class Voice(models.Model):
    """A voice of a team in one Althea account. `raw` keeps the whole answer, with fields we do not know yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No index of its own: every other index begins with it.
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="voices", db_index=False)
    account = models.ForeignKey(
        AltheaAccount, on_delete=models.PROTECT, related_name="voices", db_index=False
    )
    voice_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    primary_language = models.CharField(max_length=35, blank=True)
    language_label = models.CharField(max_length=120, blank=True)
    preview_url = models.TextField(blank=True)
    ownership = models.CharField(max_length=40, blank=True)
    billing_style = models.CharField(max_length=60, blank=True)
    provider = models.CharField(max_length=60, blank=True)
    # Both have markers in place of the definition's secrets, which are sealed for this row's id.
    definition = models.JSONField(default=dict)
    # The model that the definition names, for lists; "" where it names none.
    model = models.CharField(max_length=80, blank=True)
    raw = models.JSONField(default=dict)
    sealed_secrets = models.BinaryField(null=True)
    search_text = models.TextField(blank=True, editable=False)
    job = models.OneToOneField(
        CloneJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="voice"
    )
    sample = models.ForeignKey(
        Sample, null=True, blank=True, on_delete=models.SET_NULL, related_name="voices"
    )
    # The consent that covers it, and what that meant when it last changed. Expiry is judged by the clock as well
    # (`is_quarantined`); the worker brings the column up to date within a minute.
    consent = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.RESTRICT, related_name="voices"
    )
    consent_state = models.CharField(max_length=10, choices=ConsentState, default=ConsentState.MISSING)
    steward = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="voices"
    )
    added_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="voices"
    )
    origin = models.CharField(max_length=10, choices=VoiceOrigin, default=VoiceOrigin.SYNCED)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.DRAFT)
    notes = models.TextField(blank=True)
    notes_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    notes_at = models.DateTimeField(null=True, blank=True)
    # Who last edited name, description or language here; empty if they are as read from Althea.
    edited_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    health = models.CharField(max_length=10, choices=Health, default=Health.UNHEARD)
    # Althea's message about what is wrong with the voice, and since when; "" and null if nothing is.
    health_problem = models.CharField(max_length=300, blank=True)
    health_since = models.DateTimeField(null=True, blank=True)
    health_checked_at = models.DateTimeField(null=True, blank=True)
    # Derived for lists (models/search_text.py): the folded name, the language's subtag, the whole tag in normal form,
    # its folded English name.
    name_key = models.CharField(max_length=80, blank=True, editable=False)
    language = models.CharField(max_length=8, blank=True, editable=False)
    language_tag = models.CharField(max_length=35, blank=True, editable=False)
    language_key = models.CharField(max_length=80, blank=True, editable=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # Never null: keyset paging compares it with other rows' values, and NULL compares with nothing.
    played_at = models.DateTimeField(default=NEVER_PLAYED)
    gone_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # Counts the changes by people and syncs: a form that was opened at an older version is refused.
    version = models.PositiveIntegerField(default=1)
    # The lease of a change that is being sent to Althea: of two people who save at once, one has to wait.
    changing_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Whether the reader marked it as a favourite; set by the page that lists it.
    is_favourite: bool = False

    objects: ClassVar[VoiceQuerySet] = VoiceQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "account", "voice_id"], name="one_row_a_voice"),
        ]
        indexes: ClassVar = [
            # Newest first, with every column that filters read: a covering index. Reading its 100,000 entries takes
            # 10 ms, where reading as many rows takes 200 ms.
            models.Index(
                fields=[
                    "team",
                    "-created_at",
                    "-id",
                    "deleted_at",
                    "stage",
                    "consent_state",
                    "language",
                    "language_tag",
                    "provider",
                    "ownership",
                    "billing_style",
                    "account",
                    "added_by",
                    "health",
                    "gone_at",
                    "model",
                ],
                name="newest_with_facets",
            ),
            models.Index(fields=["team", "name_key", "id"], name="voices_by_name"),
            # With the language itself, so that filtering by language needs the index alone.
            models.Index(
                fields=["team", "language_key", "name_key", "id", "language", "language_tag"],
                name="voices_by_language",
            ),
            models.Index(fields=["team", "-played_at", "-id"], name="voices_by_play"),
            models.Index(fields=["team", "-changed_at", "-id"], name="voices_by_change"),
            models.Index(fields=["account", "health_checked_at"], name="voices_by_check"),
            *POSTGRES_INDEXES,
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        """Whether it belongs to Althea's public catalogue, so that nobody here can change it."""
        return self.ownership == Ownership.PUBLIC

    def is_quarantined(self, now: datetime) -> bool:
        """Whether its consent was withdrawn or has expired, so that nobody may play or use it."""
        return self.consent is not None and self.consent.has_ended(now)

    @property
    def is_external(self) -> bool:
        """Whether its preview is generated when it is asked for, at a cost."""
        return self.billing_style == EXTERNAL

    @property
    def has_been_played(self) -> bool:
        """Whether anybody played it here."""
        return self.played_at > NEVER_PLAYED

    @property
    def initials(self) -> str:
        """One or two letters for the avatar: `Brand voice` -> `Bv`, `Sora` -> `S`."""
        words = [word for word in self.name.split() if word[0].isalnum()] or [self.name or "?"]
        return "".join(word[0] for word in words[:2])

    @property
    def face(self) -> int:
        """The number of the avatar's palette, 0 to 11; always the same for the same voice."""
        return self.id.int % 12
