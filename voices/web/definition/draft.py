"""The draft of a provider's voice: its details, and the engine's settings as typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms

from voices.actions.voice.stored_secrets import kept_for_another_host
from voices.models import ApiKey, Endpoint
from voices.providers.base import Provider
from voices.providers.controls import Control, Form, controls
from voices.providers.typed import Typed, read_typed
from voices.web.clone.form import KeyedVoiceForm

NO_SETTINGS = Typed({}, {})
MOVED = (
    "The address now points to another server. Enter the secret values again: stored ones are "
    "only sent to the server they were entered for."
)


class DefinitionForm(KeyedVoiceForm):
    """Name, language and description of a new voice, and the key that creates it."""

    field_order = ("name", "language", "description", "key")


def allows_loopback(key: ApiKey | None) -> bool:
    """Whether an engine of the key's account may be on this machine: that of a sandbox."""
    return key is not None and key.endpoint == Endpoint.SANDBOX


@dataclass
class Draft:
    """An engine's form: its initial settings, the typed ones, and problems by setting.

    `form` has the other fields; the settings of an existing voice have none.
    """

    provider: Provider
    form: forms.Form
    kept: Mapping[str, Any] = field(default_factory=dict, repr=False)
    typed: Form | None = field(default=None, repr=False)
    read: Typed = NO_SETTINGS
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong with any field or setting."""
        return self.form.is_valid() and not self.problems

    @property
    def definition(self) -> dict[str, Any]:
        """The definition that was typed."""
        return {self.provider.key: self.read.settings}

    @property
    def controls(self) -> list[Control]:
        """The settings as controls, as they were typed if they were."""
        return controls(self.provider, settings=self.kept, typed=self.typed, problems=self.problems)

    @property
    def context(self) -> dict[str, Any]:
        """The context of `providers/_fields.html` and `parts/error_list.html`."""
        everything = self.controls
        wrong = [control for control in everything if control.error]
        deprecated = [control for control in everything if control.is_deprecated]
        return {
            "current": [control for control in everything if not control.is_deprecated],
            "deprecated": deprecated,
            "is_deprecated_open": any(
                control.error or control.value or len(control.values) > 1 for control in deprecated
            ),
            "setting_errors": wrong,
        }

    def read_settings(self, key: ApiKey | None) -> None:
        """Read what was typed."""
        if self.typed is not None:
            allowed = allows_loopback(key)
            self.read = read_typed(self.provider, self.typed, kept=self.kept, allows_loopback=allowed)
            self.problems = {
                **dict.fromkeys(kept_for_another_host(self.provider, self.kept, self.read.settings), MOVED),
                **self.read.problems,
            }

    def add_errors(self, errors: Iterable[tuple[str, str]], *, speaker: str = "") -> bool:
        """Add Althea's errors to the fields and settings that they name. Return whether all could be added."""
        is_placed = False
        for name, text in errors:
            place, sentence = setting_named(self.provider, name), f"{speaker}{text}"
            if place:
                self.problems.setdefault(place, sentence)
            elif (own := FORM_FIELDS.get(name)) in self.form.fields:
                self.form.add_error(own, sentence)
            else:
                self.form.add_error(None, f"{name}: {sentence}" if name else sentence)
            is_placed = True
        return is_placed


FORM_FIELDS = {"name": "name", "description": "description", "primaryLanguage": "language"}


def setting_named(provider: Provider, name: str) -> str:
    """Return the setting that an error of Althea names (`definition.lmnt.speed`); "" if it names none."""
    path = name.removeprefix("definition.").removeprefix(f"{provider.key}.")
    known = {one.name for one in provider.entries}
    while path and path not in known:
        path = path.rpartition(".")[0]
    return path
