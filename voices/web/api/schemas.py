"""What the API sends beside voices. Names are those of Althea's API where it has the thing."""

from typing import Any

from ninja import Schema
from pydantic import Field

from voices.web.api.voice_fields import VoiceSchema


class FieldError(Schema):
    """What is wrong with one field."""

    field: str | None = Field(description="The field or parameter; null for the whole request.")
    detail: str


class ProblemSchema(Schema):
    """An error, as RFC 9457 describes it."""

    type: str = Field(description="Where it is explained.")
    title: str
    status: int
    detail: str = Field(description="What happened, as a sentence for people.")
    code: str = Field(description="What a program decides by; it never changes.")
    field: str | None = Field(description="The first field that is wrong.")
    what_to_do: str
    errors: list[FieldError]


class VoiceList(Schema):
    """A page of voices."""

    next: str | None = Field(description="The address of the next page; null at the end.")
    previous: str | None = Field(description="Always null: pages go forward only.")
    results: list[VoiceSchema]
    total: int | None = Field(description="How many match in all, if `includeTotal` asked for it; else null.")


def page_of(results: list[dict[str, Any]], *, following: str | None, total: int | None) -> dict[str, Any]:
    """Return a page in the form of Althea's lists."""
    return {"next": following, "previous": None, "results": results, "total": total}
