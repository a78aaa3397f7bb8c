"""What the API sends beside voices. Names are those of Althea's API where it has the thing."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from ninja.params import P, QueryEx
from pydantic import ConfigDict, Field

from voices.actions.organise.tags import MAX_ON_VOICE
from voices.models import Stage, State
from voices.providers.registry import providers
from voices.web.api.voice_fields import VoiceSchema
from voices.web.voice.form import MAX_DESCRIPTION, MAX_NAME

DryRun = QueryEx[
    bool,
    P(description="Check everything and respond with 200 and the expected result, but save nothing."),
]


class FieldError(Schema):
    """What is wrong with one field."""

    field: str | None = Field(description="The field or parameter; null for the whole request.")
    detail: str


class Problem(Schema):
    """An error, as RFC 9457 describes it."""

    type: str = Field(description="A link to its explanation.")
    title: str
    status: int
    detail: str = Field(description="What happened, as a sentence for people.")
    code: str = Field(description="For programs to act on; it never changes.")
    field: str | None = Field(description="The first field that is invalid.")
    what_to_do: str
    errors: list[FieldError]


class VoiceList(Schema):
    """A page of voices."""

    next: str | None = Field(description="The address of the next page; null at the end.")
    previous: str | None = Field(description="Always null: pages go forward only.")
    results: list[VoiceSchema]
    total: int | None = Field(description="How many match in total if `includeTotal` is set; otherwise null.")


def page_of(results: list[dict[str, Any]], *, following: str | None, total: int | None) -> dict[str, Any]:
    """Return a page in the form of Althea's lists."""
    return {"next": following, "previous": None, "results": results, "total": total}


class Body(Schema):
    """A body of a request, which has no other fields."""

    model_config = ConfigDict(extra="forbid")


class StageBody(Body):
    """The stage to move the voice to."""

    stage: Literal[tuple(Stage.values)] = Field(examples=["approved"])  # type: ignore[valid-type]  # the model's own
    seen: Literal[tuple(Stage.values)] | None = Field(  # type: ignore[valid-type]  # the model's own
        None, description="The stage you expect: if it's different now, nothing is changed."
    )


class TagsBody(Body):
    """All tags the voice should have."""

    tags: list[str] = Field(max_length=MAX_ON_VOICE, examples=[["Brand", "Warm"]])


class AliasBody(Body):
    """The voice an alias should point to."""

    voice: UUID = Field(description="The voice's `id` in this library.")
    seen: UUID | None = Field(
        None, description="The voice you expect it to point to: if it's different now, nothing is changed."
    )


class ProviderVoiceBody(Body):
    """A voice to be made from a provider's settings."""

    name: str = Field(
        description="Not yet used in the account.",
        examples=["Marlene"],
        json_schema_extra={"maxLength": MAX_NAME},
    )
    definition: dict[str, Any] = Field(
        description=f"As Althea has it: one of {', '.join(providers())}, with its settings.",
        examples=[{"elevenLabs": {"voiceId": "21m00Tcm4TlvDq8ikWAM", "speed": 1.1}}],
        json_schema_extra={"minProperties": 1, "maxProperties": 1},
        repr=False,
    )
    description: str = Field("", json_schema_extra={"maxLength": MAX_DESCRIPTION})
    language: str = Field("en", description="A BCP 47 tag.", examples=["de-DE"])
    key: UUID | None = Field(None, description="One of your keys (GET /keys); else your default.")

    @property
    def texts(self) -> dict[str, str]:
        """What the form of the page calls its fields."""
        named = {"name": self.name, "description": self.description, "language": self.language}
        return named | {"key": str(self.key or "")}


class Tag(Schema):
    """A tag of the team. Voices are filtered by its `id`."""

    id: int
    name: str
    voices: int = Field(description="How many voices have this tag.")


class TagList(Schema):
    """All tags of the team."""

    results: list[Tag]


class ResolvedAlias(Schema):
    """A stable name, and the voice it points to now; the voice's fields are null where it points to none."""

    name: str = Field(examples=["brand-de"])
    voice: UUID | None = Field(description="The voice's `id` in this library.")
    voiceId: str | None = Field(description="The voice's id at Althea, used by agents and calls.")
    voiceName: str | None
    stage: str | None
    consent: str | None = Field(description="If this is “ended”, nobody may use the voice.")
    moved: datetime = Field(description="When it began to point there.")


class AliasList(Schema):
    """All aliases of the team."""

    results: list[ResolvedAlias]


class Sync(Schema):
    """The state of the team's syncs with Althea."""

    isRunning: bool
    sentence: str = Field(description="What is happening, or the result.", examples=["12 added, 1 changed."])
    problem: str | None = Field(description="What failed and what to do about it.")
    ended: datetime | None


class Agent(Schema):
    """An agent at Althea that uses the voice."""

    agentId: str
    name: str
    namedBy: Literal["id", "name"] = Field(
        description="Renaming the voice breaks agents that use it by “name”."
    )


class Usage(Schema):
    """Where a voice is used, as Althea says now."""

    agents: list[Agent]


class JobQuery(Schema):
    """Which page of the clones."""

    cursor: str | None = Field(
        None, min_length=1, description="Where to continue: from `next` of the previous page."
    )
    pageSize: int = Field(50, ge=1, le=100)


class Job(Schema):
    """A clone, or a voice from a provider, in progress or ended."""

    id: UUID
    name: str
    provider: str | None = Field(
        description="Whose settings make the voice, as its definition names it; null for a clone of a recording.",
        examples=[None],
    )
    description: str | None
    language: str
    state: Literal[tuple(State.values)] = Field(examples=["created"])  # type: ignore[valid-type]  # the model's own
    isRunning: bool = Field(
        description="Whether it may still become a voice. In the state `held`, it is waiting for "
        "another person's approval."
    )
    sentence: str = Field(description="What is happening, for people.")
    problem: str | None = Field(description="Why it failed.", examples=[None])
    errors: list[FieldError]
    voice: UUID | None = Field(description="The new voice's `id` in this library.")
    voiceId: str | None = Field(description="The new voice's id at Althea.")
    canRetry: bool
    canCancel: bool
    created: datetime
    ended: datetime | None


class JobList(Schema):
    """A page of clones, newest first."""

    next: str | None
    previous: str | None
    results: list[Job]
    total: int | None = Field(description="Always null: they are not counted.")


class Statement(Schema):
    """What a speaker agrees to. A clone names its `reference`."""

    reference: str
    language: str
    text: str


class StatementList(Schema):
    """The team's current consent statements."""

    results: list[Statement]


class Key(Schema):
    """One of your own keys that can clone; never its value."""

    id: UUID
    label: str
    account: str
    isDefault: bool


class KeyList(Schema):
    """Your keys that can clone."""

    results: list[Key]
