"""The log of deliveries to an endpoint, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from voices.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from voices.notices.kinds import kind_of

PAGE_SIZE = 25
TONES: dict[str, str] = {DeliveryState.DELIVERED: "good", DeliveryState.FAILED: "bad"}
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Logged:
    """A delivery in the log, with the label of its kind."""

    delivery: WebhookDelivery
    label: str

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return TONES.get(self.delivery.state, "warn")


@dataclass(frozen=True)
class LogPage:
    """A page of deliveries. The next older page starts before the id `older`; None at the end."""

    rows: Sequence[Logged]
    older: int | None


def delivery_log(endpoint: WebhookEndpoint, *, before: str = "") -> LogPage:
    """Return a page of the log."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("notice").order_by("-pk")
    if before.isascii() and before.isdigit():
        rows = rows.filter(pk__lt=min(int(before[:19]), LARGEST_ID))
    found = list(rows[: PAGE_SIZE + 1])
    shown = [Logged(row, _label(row.notice.kind)) for row in found[:PAGE_SIZE]]
    return LogPage(shown, found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None)


def _label(name: str) -> str:
    kind = kind_of(name)
    return kind.label if kind else name
