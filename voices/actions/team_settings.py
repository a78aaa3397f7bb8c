"""The settings of a team: each is one entry in `TEAM_SETTINGS`, from which its form field follows."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction

from voices import audit
from voices.access import Verb, has_second_factor, members_who_may, require
from voices.kit.names import clean_name
from voices.models import Membership, Team


def unchanged(value: Any) -> Any:
    """Return the value as it is."""
    return value


def anything(member: Membership, value: Any) -> None:
    """Accept any value."""


def always() -> bool:
    """Return True."""
    return True


def no_doubt(team: Team, value: Any) -> str:
    """Return "": no value needs confirmation."""
    return ""


def _nobody_to_approve(team: Team, value: Any) -> str:
    if not value or members_who_may(team, Verb.APPROVE).count() > 1:
        return ""
    return (
        "Your team has a single editor or admin, so nobody could approve their requests. Invite "
        "another editor or admin first."
    )


class SettingGroup(StrEnum):
    """The headings of the page, in order."""

    TEAM = "Team"
    MEMBERS = "Members"
    CLONES = "Cloning and approval"


@dataclass(frozen=True, slots=True)
class TeamSetting:
    """A column of Team that members may change, with its label, help text and heading in the form.

    `verb` is the permission. `clean` returns the value to store, or raises ValidationError; `check` raises it if this
    member may not choose the value. `field` creates the form field from `label` and `help_text`; by default it is the
    column's own. The form has it only if it `is_offered`. `doubt` returns why a value needs confirmation, as a
    sentence; "" if it does not.
    """

    column: str
    label: str
    help: str = ""
    group: SettingGroup = SettingGroup.TEAM
    verb: Verb = Verb.CHANGE_TEAM
    clean: Callable[[Any], Any] = unchanged
    field: Callable[..., forms.Field] | None = None
    check: Callable[[Membership, Any], None] = anything
    is_offered: Callable[[], bool] = always
    doubt: Callable[[Team, Any], str] = no_doubt


def require_own_factor(member: Membership, value: bool) -> None:
    """Reject requiring a second factor by a member who has none, and would be locked out."""
    if value and not has_second_factor(member.user):
        raise forms.ValidationError(
            {"require_second_factor": "Set up your own second factor on the Security page first."}
        )


def takes_domains() -> bool:
    """Whether people can join by their email's domain: only if the company's login, which verifies it, is on."""
    return bool(settings.OIDC_DOMAINS)


def clean_domains(typed: str) -> str:
    """Return the domains in lower case. Reject those that the operator has not allowed."""
    domains = sorted({one.strip(" @").lower() for one in typed.replace(",", " ").split()})
    foreign = [one for one in domains if one not in settings.OIDC_DOMAINS]
    if foreign:
        allowed = ", ".join(settings.OIDC_DOMAINS)
        raise forms.ValidationError(
            {"join_domains": f"{foreign[0]} isn't one of this Voice Studio's domains: {allowed}."}
        )
    return ", ".join(domains)


# In the order of the page.
TEAM_SETTINGS = (
    TeamSetting(
        "name",
        "Team name",
        "Shown to members and to people you invite.",
        clean=clean_name,
    ),
    TeamSetting(
        "require_second_factor",
        "Require a second factor",
        "Members who don't have one must set one up before they can do anything else. Until then, "
        "their API tokens stop working.",
        group=SettingGroup.MEMBERS,
        check=require_own_factor,
    ),
    TeamSetting(
        "join_domains",
        "Domains that can join without an invitation",
        "Anyone who logs in with your company's login and an email from one of these domains joins "
        "the team. Separate domains with commas.",
        group=SettingGroup.MEMBERS,
        clean=clean_domains,
        is_offered=takes_domains,
    ),
    TeamSetting(
        "join_role",
        "Their role",
        "The role they get when they join.",
        group=SettingGroup.MEMBERS,
        is_offered=takes_domains,
    ),
    TeamSetting(
        "two_person_rule",
        "Require a second person",
        "Cloning someone else's voice, cloning a voice again, deleting voices and moving them to "
        "Approved wait until another editor or admin approves. If you turn this off, open requests "
        "still need a decision.",
        group=SettingGroup.CLONES,
        doubt=_nobody_to_approve,
    ),
    TeamSetting(
        "monthly_clones",
        "Clones per member per month",
        "How many voices each member may clone in a calendar month (UTC). Failed and cancelled clones don't count. "
        "Leave empty for no limit.",
        group=SettingGroup.CLONES,
    ),
)
_BY_COLUMN = {one.column: one for one in TEAM_SETTINGS}


def change_team_settings(*, member: Membership, **columns: Any) -> Team:
    """Change settings of the member's team, all or none, and return it. Unchanged values are not recorded.

    Raises PermissionDenied, ValidationError by column, FieldDoesNotExist for a column that is no setting.
    """
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=member.team_id)
        before = {name: getattr(team, name) for name in columns}
        for name, value in columns.items():
            setting = _setting(name)
            require(member, setting.verb)
            setattr(team, name, setting.clean(value))
            setting.check(member, getattr(team, name))
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
