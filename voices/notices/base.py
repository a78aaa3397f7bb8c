"""A kind of notice: its texts, and who gets it by default."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voices.models import Choice, Notice, Role, Team, User

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class NoticeKind:
    """A kind of notice. `subject`, `sentence` and `page` are templates for its facts, of which `sample` is an example.

    `concerned` is the default choice of the person it is about, `admins` that of the team's admins; others do not get
    it by default. If it is private, others cannot get it at all.
    """

    name: str  # as programs read it
    label: str
    help: str
    subject: str
    sentence: str
    page: str  # the path of the page about it
    sample: Facts
    concerned: Choice = Choice.OFF
    admins: Choice = Choice.OFF
    is_private: bool = False

    def subject_of(self, facts: Facts) -> str:
        """Return the subject of an email, on one line."""
        return " ".join(self.subject.format(**facts).split())

    def sentence_of(self, facts: Facts) -> str:
        """Return what happened, in a sentence."""
        return self.sentence.format(**facts)

    def page_of(self, facts: Facts) -> str:
        """Return the path of the page about it."""
        return self.page.format(**facts)

    def choice_for(self, chosen: Mapping[str, str], *, role: str, is_concerned: bool) -> str:
        """Return when a member with that role gets it, given their own choices by kind."""
        if self.is_private and not (is_concerned or role == Role.ADMIN):
            return Choice.OFF
        return chosen.get(self.name, self.default_for(role=role, is_concerned=is_concerned))

    def default_for(self, *, role: str, is_concerned: bool) -> str:
        """Return the default choice of a member."""
        usual = [self.concerned] * is_concerned + [self.admins] * (role == Role.ADMIN)
        return min(usual, key=list(Choice).index, default=Choice.OFF)

    def write(self, *, team: Team, now: datetime, about: User | None = None, **facts: Any) -> Notice:
        """Write a notice in the transaction of its change; the worker sends it."""
        return Notice.objects.create(team=team, kind=self.name, about=about, facts=facts, at=now, due_at=now)
