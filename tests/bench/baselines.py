"""What a team would write with Django alone: the same answers by plain ORM queries, on the same tables and indexes.

The library's own text column and indexes are used here too, which flatters the plain way.
"""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from voices.models import BulkItem, BulkRun, Favourite, Membership, Stage, Tag, Tagging, Voice, fold

ORDERS = {
    "newest": ("-created_at", "-id"),
    "name": ("name_key", "id"),
    "language": ("language_key", "name_key", "id"),
    "played": ("-played_at", "-id"),
    "changed": ("-changed_at", "-id"),
}
COLUMNS = {
    "language": "language",
    "provider": "provider",
    "ownership": "ownership",
    "billing": "billing_style",
    "stage": "stage",
    "owner": "added_by",
    "account": "account",
    "health": "health",
    "tag": "taggings__tag",
}
NOT_RETIRED = [Stage.DRAFT, Stage.APPROVED]


def conditions(member: Membership, asked: QueryDict) -> dict[str, Q]:
    """Return what each filter of an address asks, by the filter's name."""
    found = {
        name: Q(**{f"{column}__in": asked.getlist(name)}) for name, column in COLUMNS.items() if name in asked
    }
    found.setdefault("stage", Q(stage__in=NOT_RETIRED))
    if "gone" in asked:
        found["gone"] = Q(gone_at__isnull=asked["gone"] == "here")
    if "favourite" in asked:
        found["favourite"] = Q(favourites__user=member.user)
    for word in fold(asked.get("q", "")).split():
        found["q"] = found.get("q", Q()) & Q(search_text__contains=word)
    return found


def voices_of(member: Membership, query: str, *, without: str = "") -> QuerySet[Voice]:
    """Return the voices that an address asks for, leaving one of its filters out."""
    voices = Voice.objects.filter(team=member.team, deleted_at=None)
    for name, condition in conditions(member, QueryDict(query)).items():
        if name != without:
            voices = voices.filter(condition)
    return voices


def page(member: Membership, query: str, *, size: int) -> list[Voice]:
    """Return the first rows of the library page: filter, order, slice; with all that a row shows."""
    mine = Exists(Favourite.objects.filter(user=member.user, voice=OuterRef("pk")))
    voices = voices_of(member, query).annotate(is_mine=mine).select_related("added_by")
    voices = voices.defer("raw", "definition", "search_text", "notes").prefetch_related("tags")
    return list(voices.order_by(*ORDERS[QueryDict(query).get("sort", "newest")])[: size + 1])


def counts(member: Membership, query: str) -> int:
    """Count the values of every filter by a GROUP BY each, under all other filters; return the total."""
    for name, column in COLUMNS.items():
        wanted = "language_tag" if name == "language" else column
        dict(voices_of(member, query, without=name).values_list(wanted).annotate(Count("pk")).order_by())
    here = voices_of(member, query, without="gone")
    here.filter(gone_at=None).count()
    here.exclude(gone_at=None).count()
    voices_of(member, query).filter(favourites__user=member.user).count()
    return voices_of(member, query).count()


EXPORTED: tuple[Callable[[Any], object], ...] = (
    lambda voice: voice.voice_id,
    lambda voice: voice.name,
    lambda voice: voice.description,
    lambda voice: voice.primary_language,
    lambda voice: voice.provider,
    lambda voice: voice.stage,
    lambda voice: ", ".join(sorted(tag.name for tag in voice.tags.all())),
    lambda voice: ", ".join(sorted(alias.name for alias in voice.aliases.all())),
    lambda voice: voice.added_by.shown_name if voice.added_by else "",
    lambda voice: voice.account.name,
    lambda voice: voice.ownership,
    lambda voice: voice.billing_style,
    lambda voice: voice.consent or "",
    lambda voice: voice.created_at.isoformat(),
    lambda voice: voice.played_at.isoformat(),
    lambda voice: voice.gone_at.isoformat() if voice.gone_at else "",
)


def export(member: Membership, query: str) -> Iterator[str]:
    """Yield the lines of a CSV of these voices: models with their relations, read by `iterator()`."""
    related = ("account", "added_by", "consent")
    voices = (
        voices_of(member, query)
        .defer("raw", "definition", "search_text", "notes")
        .order_by("-created_at", "-id")
    )
    for voice in voices.select_related(*related).prefetch_related("tags", "aliases").iterator(chunk_size=500):
        line = io.StringIO()
        csv.writer(line).writerow([read(voice) for read in EXPORTED])
        yield line.getvalue()


def tag_one_by_one(member: Membership, count: int) -> None:
    """Tag voices as an admin action does: a loop that saves each, in one transaction."""
    name = f"Plain {timezone.now():%H%M%S%f}"
    with transaction.atomic():
        tag = Tag.objects.create(team=member.team, name=name, key=fold(name))
        for voice in voices_of(member, "").order_by("-created_at")[:count]:
            Tagging.objects.create(tag=tag, voice=voice)
            voice.search_text = f"{voice.search_text}\n{fold(name)}"
            voice.version, voice.changed_at = F("version") + 1, timezone.now()
            voice.save(update_fields=["search_text", "version", "changed_at"])


def insert_items(member: Membership, count: int) -> None:
    """Insert a report's rows for so many voices of the list: a query and `bulk_create`, nothing else."""
    with transaction.atomic():
        whose = {"team": member.team, "actor": member.user}
        run = BulkRun.objects.create(**whose, verb="tag", state="done", due_at=timezone.now())
        voices = voices_of(member, "").order_by("-created_at").values_list("pk", "name")[:count]
        BulkItem.objects.bulk_create([BulkItem(run=run, voice_id=pk, name=name) for pk, name in voices])
