"""A team's settings: who may change them, what is recorded, what is refused."""

import pytest
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError

from tests.base import Cast
from voices.actions.team_settings import change_team_settings
from voices.models import AuditEntry, Team


def test_admin_renames_the_team_and_it_is_recorded(cast: Cast) -> None:
    change_team_settings(member=cast.ada, name="  North\u200bwind 2 ")
    assert Team.objects.get(pk=cast.northwind.pk).name == "Northwind 2"
    entry = AuditEntry.objects.get(verb="team.settings_changed")
    assert entry.facts == {"before": {"name": "Northwind"}, "after": {"name": "Northwind 2"}}
    assert (entry.team_id, entry.actor_id) == (cast.northwind.pk, cast.ada.user_id)


def test_same_settings_again_are_not_recorded(cast: Cast) -> None:
    change_team_settings(member=cast.ada, name="Northwind")
    assert not AuditEntry.objects.filter(verb="team.settings_changed").exists()


def test_editor_may_not_change_settings(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        change_team_settings(member=cast.ed, name="Mine")
    assert Team.objects.get(pk=cast.northwind.pk).name == "Northwind"


@pytest.mark.parametrize("name", ["", "   ", "n" * 61])
def test_unfit_team_name_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError):
        change_team_settings(member=cast.ada, name=name)


def test_column_that_is_no_setting_is_refused(cast: Cast) -> None:
    with pytest.raises(FieldDoesNotExist):
        change_team_settings(member=cast.ada, library_revision=7)
