"""The team's settings: a form of what the registry lists."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from voices.access import Verb, may, require
from voices.actions.team_settings import TEAM_SETTINGS, SettingGroup, TeamSetting, change_team_settings
from voices.models import Membership, Team
from voices.web.fields import LineField
from voices.web.http import StudioRequest, redirect_after_post, team_page

# A field, whether it is a box to tick, and whether its value has to be confirmed.
Row = tuple[forms.BoundField, bool, bool]


def _form_field(setting: TeamSetting) -> forms.Field:
    """Return the field of a setting: its own, else the column's."""
    column: Any = Team._meta.get_field(setting.column)
    given: dict[str, Any] = {"label": setting.label, "help_text": setting.help}
    if setting.field is not None:
        return setting.field(**given)
    if isinstance(column, models.CharField) and not column.choices:
        return LineField(limit=column.max_length or 0, required=not column.blank, **given)
    field: forms.Field = column.formfield(**given)
    return field


class TeamSettingsForm(forms.Form):
    """The settings that the member may change."""

    def __init__(self, data: Any = None, *, member: Membership) -> None:
        shown = [one for one in TEAM_SETTINGS if one.is_offered() and may(member, one.verb)]
        initial = {one.column: getattr(member.team, one.column) for one in shown}
        super().__init__(data, initial=initial)
        self.fields |= {one.column: _form_field(one) for one in shown}
        self._member, self._shown = member, shown
        self.doubted: set[str] = set()  # columns whose new value the person has to confirm

    def clean(self) -> dict[str, Any]:
        """Require confirmation of values with doubts."""
        cleaned: dict[str, Any] = super().clean() or {}
        for one in self._shown:
            if one.column not in self.changed_data or one.column not in cleaned:
                continue
            doubt = one.doubt(self._member.team, cleaned[one.column])
            if doubt:
                self.doubted.add(one.column)
            if doubt and f"sure-{one.column}" not in self.data:
                self.add_error(one.column, doubt)
        return cleaned

    def groups(self) -> list[tuple[str, list[Row]]]:
        """Return the headings with their fields."""
        groups = {
            group: [self._row(one) for one in self._shown if one.group == group] for group in SettingGroup
        }
        return [(group.value, rows) for group, rows in groups.items() if rows]

    def _row(self, setting: TeamSetting) -> Row:
        field = self[setting.column]
        return field, isinstance(field.field, forms.BooleanField), field.name in self.doubted


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the team's settings, or change them."""
    require(request.member, Verb.CHANGE_TEAM)
    form = TeamSettingsForm(request.POST if request.method == "POST" else None, member=request.member)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        messages.success(request, "Settings saved.")
        return redirect_after_post(request, reverse("voices:team-settings"))
    context = {
        "page": "team",
        "tab": "settings",
        "form": form,
        "team": Team.objects.get(pk=request.member.team_id),
    }
    return render(request, "team/settings.html", context, status=422 if form.is_bound else 200)


def _save(request: StudioRequest, form: TeamSettingsForm) -> bool:
    """Change what was typed. Return False, with errors in the form, if a value is refused."""
    try:
        # Only changed values: a form that was open for long must not undo somebody else's changes.
        typed = {name: form.cleaned_data[name] for name in form.changed_data}
        change_team_settings(member=request.member, **typed)
    except forms.ValidationError as problem:
        form.add_error(None, problem)
        return False
    return True
