"""Which voices were played most."""

from django.db.models import OuterRef, Subquery, Sum

from voices.library.dashboard.figures.base import MOST_BARS, Content, Figure, Row, Series, Shape
from voices.library.dashboard.links import Link
from voices.library.dashboard.reading import Reading
from voices.models import DailyPlays, Voice


def read(reading: Reading) -> Content:
    """Return the voices with the most plays in the period."""
    days = (reading.period.first, reading.period.last)
    rows = DailyPlays.objects.filter(team=reading.member.team, day__range=days).order_by()
    counted = rows.values("voice").annotate(plays=Sum("count"))
    most = counted.order_by("-plays", "voice").values("voice")[:MOST_BARS]
    plays = counted.filter(voice=OuterRef("pk")).values("plays")
    # Names are read for those few alone.
    voices = Voice.objects.filter(pk__in=most).annotate(plays=Subquery(plays)).order_by("-plays", "pk")
    bars = [
        Row(name, (count,), Link("voices:voice", args=(pk,)))
        for pk, name, count in voices.values_list("pk", "name", "plays")
    ]
    total = sum(bar.values[0] or 0 for bar in bars)
    return Content([Series("Plays")], bars, f"{total:,.0f}", "plays of these voices")


FIGURE = Figure(
    name="plays", title="Most played voices", position=50, shape=Shape.BARS, read=read, heading="Voice",
    empty="No voice was played in this period.",
)  # fmt: skip
