"""The rules about voices that stand on their queryset."""

from tests.base import Cast
from tests.builders import make_account, make_voice
from tests.kit.fakes import NOON
from voices.models import Voice


def test_a_change_sets_columns_version_and_time(cast: Cast) -> None:
    voice, other = make_voice(cast.ed, version=4), make_voice(cast.ed, version=4, changed_at=NOON)
    assert Voice.objects.filter(pk=voice.pk).change(NOON, stage="approved", notes="Warm") == 1
    voice.refresh_from_db()
    assert (voice.stage, voice.notes, voice.version, voice.changed_at) == ("approved", "Warm", 5, NOON)
    other.refresh_from_db()
    assert (other.stage, other.version) == ("draft", 4)


def test_who_holds_a_name(cast: Cast) -> None:
    account = make_account()

    def holds(**facts: object) -> bool:
        Voice.objects.all().delete()
        make_voice(cast.ed, **{"name": "Mark", "account": account} | facts)
        return Voice.objects.holding_name(account, "Mark").exists()

    assert holds()
    assert holds(ownership="shared")  # a newer API may say so; it is not the catalogue
    assert not holds(ownership="public")
    assert not holds(name="mark")
    assert not holds(account=make_account())
    assert not holds(deleted_at=NOON)
    assert not holds(gone_at=NOON)
