"""Auditions: the team's list, a member's ballot, the results, and how a voice did."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from statistics import fmean
from uuid import UUID

from django.db.models import F

from voices.access import candidates_for
from voices.kit.intervals import Interval, mean_interval
from voices.models import (
    HIGHEST,
    LOWEST,
    Audition,
    Ballot,
    Candidate,
    LeftOut,
    Membership,
    PreviewFile,
    PreviewState,
    Rating,
    Voice,
)

NEWEST, NEWEST_OF_VOICE = 200, 5
LETTERS = "ABCDEFGH"
SCALE = HIGHEST - LOWEST
# The variance of rounding a score to a whole number, and of the difference of two such scores.
OF_SCORE, OF_DIFFERENCE = 1 / 12, 1 / 6


def newest_auditions(member: Membership, *, now: datetime) -> list[tuple[Audition, bool, bool]]:
    """Return the team's latest auditions, each with whether it is open and whether the member has finished it."""
    found = list(Audition.objects.filter(team=member.team).order_by("-created_at", "-pk")[:NEWEST])
    own = Ballot.objects.filter(voter=member.user, audition__in=found).exclude(finished_at=None)
    finished = set(own.values_list("audition", flat=True))
    return [(one, one.is_open(now), one.pk in finished) for one in found]


@dataclass(frozen=True)
class Choice:
    """A voice as one listener sees it: a letter and a token. `rating` is None before they have played it."""

    letter: str
    token: str
    rating: Rating | None
    left_out: LeftOut | None
    has_preview: bool

    @property
    def is_rated(self) -> bool:
        """Whether the listener has given it a score."""
        return self.rating is not None and self.rating.score is not None


@dataclass(frozen=True)
class Listening:
    """One member's ballot of an open audition, and how many have finished theirs."""

    choices: Sequence[Choice]
    is_finished: bool
    finished: int
    members: int

    @property
    def rated(self) -> int:
        """The number of voices that the member has rated."""
        return sum(one.is_rated for one in self.choices if not one.left_out)

    @property
    def to_rate(self) -> int:
        """The number of voices that can be rated."""
        return sum(not one.left_out for one in self.choices)


def listening_of(member: Membership, audition: Audition, *, now: datetime) -> Listening:
    """Return what the member sees of an open audition: no names of voices, and no ratings by others."""
    ballot = Ballot.objects.filter(audition=audition, voter=member.user).first()
    ratings = {one.candidate_id: one for one in Rating.objects.filter(ballot=ballot)} if ballot else {}
    found = candidates_for(member, audition)
    choices = [
        Choice(letter, token, ratings.get(one.pk), one.left_out(now), _has_preview(one.voice))
        for letter, (token, one) in zip(LETTERS, found.items(), strict=False)
    ]
    finished = Ballot.objects.filter(audition=audition).exclude(finished_at=None).count()
    is_finished = ballot is not None and ballot.finished_at is not None
    return Listening(choices, is_finished, finished, audition.team.memberships.count())


def _has_preview(voice: Voice) -> bool:
    preview: PreviewFile | None = getattr(voice, "preview", None)
    return preview is not None and preview.state == PreviewState.READY


@dataclass(frozen=True)
class Standing:
    """The result of one voice. `rank` is None if it was left out or nobody rated it."""

    candidate: Candidate
    left_out: LeftOut | None
    ratings: Sequence[Rating]
    mean: float | None
    interval: Interval | None
    rank: int | None = None
    of: int = 0

    @property
    def voice(self) -> Voice:
        """The voice."""
        return self.candidate.voice

    @property
    def place(self) -> str:
        """The rank in words, as `2nd`; "" without one."""
        ending = {1: "st", 2: "nd", 3: "rd"}  # of at most 8
        return f"{self.rank}{ending.get(self.rank, 'th')}" if self.rank else ""

    @property
    def scores(self) -> list[int]:
        """The scores given."""
        return [one.score for one in self.ratings if one.score is not None]


@dataclass(frozen=True)
class Pair:
    """Two ranked voices, the one with the higher mean first, compared by those who rated both.

    `interval` is None if these are too few.
    """

    better: Standing
    other: Standing
    difference: float | None
    interval: Interval | None

    @property
    def ahead(self) -> Standing | None:
        """The voice that is ahead; None if no difference is shown."""
        if self.interval is None or not self.interval.excludes_zero:
            return None
        return self.better if self.interval.low > 0 else self.other


@dataclass(frozen=True)
class Result:
    """The result of an audition that has ended: ranked voices first, best first."""

    standings: Sequence[Standing]
    pairs: Sequence[Pair]
    voters: Sequence[str]

    @property
    def ranked(self) -> list[Standing]:
        """The voices that were rated and not left out."""
        return [one for one in self.standings if one.rank is not None]

    @property
    def first(self) -> list[Standing]:
        """The voice with the highest mean, and those from which no difference to it is shown."""
        ranked = self.ranked
        if not ranked:
            return []
        behind = {pair.other.candidate.pk for pair in self.pairs if pair.ahead is ranked[0]}
        return [one for one in ranked if one.candidate.pk not in behind]


def result_of(audition: Audition) -> Result:
    """Return the result of an audition that has ended."""
    standings = _standings([audition])[audition.pk]
    places = [one for one in standings if one.rank is not None]
    voters = {rating.ballot.voter_name for one in standings for rating in one.ratings}
    pairs = [compare(*two) for two in combinations(places, 2)]
    return Result(standings, pairs, sorted(voters, key=str.casefold))


def auditions_of(voice: Voice, *, now: datetime) -> list[tuple[Audition, Standing]]:
    """Return how the voice did in the latest ended auditions; four queries, or one if there are none."""
    ended = Audition.objects.filter(candidates__voice=voice, ends_at__lte=now).order_by("-ends_at", "-pk")
    found = list(ended[:NEWEST_OF_VOICE])
    standings = _standings(found) if found else {}
    return [
        (audition, one) for audition in found for one in standings[audition.pk] if one.voice.pk == voice.pk
    ]


def chosen_voices(member: Membership, ids: Collection[UUID]) -> list[Voice]:
    """Return the team's voices of these ids, by name."""
    return sorted(Voice.objects.of_team(member.team).filter(pk__in=ids), key=lambda one: one.name.casefold())


def _standings(auditions: Sequence[Audition]) -> dict[UUID, list[Standing]]:
    """Return the standings of ended auditions, as of the end of each."""
    ratings, found = defaultdict[int, list[Rating]](list), defaultdict[UUID, list[Standing]](list)
    rows = Rating.objects.select_related("ballot").filter(ballot__audition__in=auditions)
    for rating in rows.exclude(score=None, remark="").order_by(F("score").desc(nulls_last=True), "pk"):
        ratings[rating.candidate_id].append(rating)
    candidates = Candidate.objects.select_related("audition", "voice__consent").order_by("pk")
    for one in candidates.filter(audition__in=auditions):
        found[one.audition_id].append(standing_of(one, ratings[one.pk]))
    return {audition: ranked(standings) for audition, standings in found.items()}


def standing_of(candidate: Candidate, ratings: Sequence[Rating]) -> Standing:
    """Return the voice's unranked standing at the end of its audition."""
    scores = [one.score for one in ratings if one.score is not None]
    mean = fmean(scores) if scores else None
    interval = mean_interval(scores, within=(LOWEST, HIGHEST), step_variance=OF_SCORE)
    ended_at = candidate.audition.ends_at
    left_out = candidate.left_out(ended_at) if ended_at else None
    return Standing(candidate, left_out, ratings, mean, interval)


def ranked(standings: Sequence[Standing]) -> list[Standing]:
    """Return the standings with their ranks, best first. Equal means share a rank; unranked ones come last."""
    placed = sorted(
        (one for one in standings if one.mean is not None and not one.left_out),
        key=lambda one: (-(one.mean or 0), one.voice.name.casefold()),
    )
    means = [one.mean for one in placed]
    rest = [one for one in standings if one not in placed]
    return [_placed(one, 1 + means.index(one.mean), len(placed)) for one in placed] + rest


def _placed(one: Standing, rank: int, of: int) -> Standing:
    return Standing(one.candidate, one.left_out, one.ratings, one.mean, one.interval, rank, of)


def compare(better: Standing, other: Standing) -> Pair:
    """Compare two voices by the score differences of those who rated both, which cancels out how strict each is."""
    first, second = (_by_ballot(one) for one in (better, other))
    differences = [first[ballot] - second[ballot] for ballot in first.keys() & second.keys()]
    interval = mean_interval(differences, within=(-SCALE, SCALE), step_variance=OF_DIFFERENCE)
    return Pair(better, other, fmean(differences) if differences else None, interval)


def _by_ballot(standing: Standing) -> Mapping[int, int]:
    return {one.ballot_id: one.score for one in standing.ratings if one.score is not None}
