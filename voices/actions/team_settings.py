"""What a team's admins decide for the team: one entry in `TEAM_SETTINGS` makes a setting, with its form field."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.kit.names import clean_name
from voices.models import Membership, Team


def unchanged(value: Any) -> Any:
    """Return the value as it is."""
    return value


@dataclass(frozen=True, slots=True)
class TeamSetting:
    """A column of Team that members may change, and what its form says.

    `verb` is who may. `clean` makes the stored value of the one given, and raises ValidationError. `field` makes the
    form field from `label` and `help_text`; without it, the column's own is taken.
    """

    column: str
    label: str
    help: str = ""
    verb: Verb = Verb.CHANGE_TEAM
    clean: Callable[[Any], Any] = unchanged
    field: Callable[..., forms.Field] | None = None


# In the order of the page.
TEAM_SETTINGS = (
    TeamSetting(
        "name",
        "Team name",
        "Shown to members and to people you invite.",
        clean=clean_name,
    ),
)
_BY_COLUMN = {one.column: one for one in TEAM_SETTINGS}


def change_team_settings(*, member: Membership, **columns: Any) -> Team:
    """Change settings of the member's team, all or none, and return it. What is the same already is not recorded.

    Raises PermissionDenied, ValidationError by column, FieldDoesNotExist for a column that is no setting.
    """
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=member.team_id)
        before = {name: getattr(team, name) for name in columns}
        for name, value in columns.items():
            setting = _setting(name)
            require(member, setting.verb)
            setattr(team, name, setting.clean(value))
        team.clean_fields(exclude={one.name for one in Team._meta.fields} - columns.keys())
        changed = {name: getattr(team, name) for name in columns if getattr(team, name) != before[name]}
        if changed:
            team.save(update_fields=changed.keys())
            facts = {"before": {name: before[name] for name in changed}, "after": changed}
            audit.record_by(member, "team.settings_changed", team, **facts)
    member.team = team
    return team


def _setting(column: str) -> TeamSetting:
    if column not in _BY_COLUMN:
        raise FieldDoesNotExist(f"A team has no setting {column}.")
    return _BY_COLUMN[column]
