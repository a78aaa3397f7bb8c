"""Keys that Althea refuses."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from voices.library.dashboard.attention.base import MAX_FOUND, SHOWN, Action, Attention, Item
from voices.library.dashboard.links import Link
from voices.library.dashboard.reading import Reading
from voices.models import ApiKey, KeyState, Membership, SyncRun, Voice


def find(reading: Reading) -> Iterator[Item]:
    """Yield the refused keys of the team's members; of a member of other teams too, only those for its accounts."""
    team = reading.member.team
    linked = [
        Exists(model.objects.filter(team=team, account=OuterRef("account"))) for model in (Voice, SyncRun)
    ]
    elsewhere = Exists(Membership.objects.filter(user=OuterRef("owner")).exclude(team=team))
    keys = ApiKey.objects.filter(
        ~elsewhere | linked[0] | linked[1],
        state=KeyState.REFUSED, owner__memberships__team=team, owner__is_active=True,
    )  # fmt: skip
    found = list(keys.select_related("owner").defer("sealed").order_by("-checked_at")[:MAX_FOUND])
    yield from (_item(key, reading) for key in found[:SHOWN])
    if len(found) > SHOWN:
        yield Item(f"Althea refuses {len(found) - SHOWN} more of the team's keys.")


def _item(key: ApiKey, reading: Reading) -> Item:
    is_own = key.owner_id == reading.member.user_id
    action = Action("Replace key", Link("voices:key-replace", args=(key.pk,)), is_link=True)
    whose = "your key" if is_own else f"{key.owner.shown_name}'s key"
    return Item(
        f"Althea refuses {whose} “{key.label}”.",
        detail="Clones and syncs with it fail." if is_own else f"Ask {key.owner.shown_name} to replace it.",
        at=key.checked_at,
        action=action if is_own else None,
    )


ATTENTION = Attention(name="keys", position=20, find=find)
