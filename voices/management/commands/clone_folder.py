"""`manage.py clone_folder`: clones the recordings of a folder, named by a CSV file or by their own names."""

import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from voices.actions.files import StorageError
from voices.library.quota import quotas_in
from voices.management.folder.cloning import BAD, Outcome, Result, clone_file
from voices.management.folder.listing import COLUMNS, BadListError, Entry, Listing, read_listing
from voices.models import Basis, CloneJob, Membership, Relation, State
from voices.web.clone.form import usable_keys

POLL_SECONDS = 0.5
DEFAULTS = ("language", "consent", "speaker", "relation", "proof")
USES_SLOT = {Outcome.QUEUED, Outcome.RETRIED, Outcome.GOOD}


class Command(BaseCommand):
    """Submits a clone for each recording; a worker makes the voices."""

    help = (
        "Clone the recordings of a folder, as a member of a team and with their default key. A worker must be "
        f"running. The CSV file has the columns {', '.join(COLUMNS)}; all but the first may be empty or missing. "
        "Running it again on the same folder clones nothing twice and retries what failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder and the options."""
        parser.add_argument(
            "folder", type=Path, help="the folder with the recordings, also in folders below it"
        )
        parser.add_argument("--team", required=True, help="the team's name or id")
        parser.add_argument(
            "--as", dest="email", required=True, help="the email of a member whose key is used"
        )
        parser.add_argument("--csv", type=Path, help="the table of names; without it, file names are used")
        parser.add_argument(
            "--language", default="en", help="for recordings without a language of their own (default: en)"
        )
        parser.add_argument(
            "--consent",
            default="",
            choices=Basis.values,
            help="whose voices these are, where the CSV has nothing",
        )
        parser.add_argument("--speaker", default="", help="who consented, where the CSV has nothing")
        parser.add_argument(
            "--relation", default="", choices=Relation.values, help="what they are to the team, likewise"
        )
        parser.add_argument("--proof", default="", help="proof of consent, where the CSV has nothing")
        parser.add_argument("--dry-run", action="store_true", help="check everything, but create nothing")
        parser.add_argument(
            "--anyway", action="store_true", help="clone even if the account has too few free slots"
        )
        parser.add_argument("--wait", action="store_true", help="wait until all clones have ended")

    def handle(self, *args: Any, **options: Any) -> None:
        """Clone the folder, and print a line for each file. Raise CommandError if any was refused or failed."""
        member = member_named(options["team"], options["email"])
        listing = self._read(member, options)
        try:
            results = self._clone_all(member, listing, options)
        except (PermissionDenied, StorageError) as problem:
            raise CommandError(str(problem)) from problem
        if options["wait"]:
            results = self._follow(listing.entries, results)
        counts = Counter(result.outcome for result in results)
        counts[Outcome.SKIPPED] += listing.skipped
        summary = f"{', '.join(f'{counts[one]} {one}' for one in Outcome if counts[one])}."
        if any(result.outcome in BAD for result in results):
            raise CommandError(summary)
        self.stdout.write(summary)

    def _read(self, member: Membership, options: dict[str, Any]) -> Listing:
        keys = usable_keys(member.user)
        if not keys:
            raise CommandError(
                f"{member.user} has no key that can clone. Add one on the Keys page, and test it."
            )
        defaults = {name: options[name] for name in DEFAULTS}
        try:
            return read_listing(
                options["folder"], options["csv"], team=member.team, keys=keys[:1], defaults=defaults
            )
        except BadListError as problem:
            raise CommandError("Nothing was done.\n" + "\n".join(problem.faults)) from problem

    def _clone_all(self, member: Membership, listing: Listing, options: dict[str, Any]) -> list[Result]:
        slots = len(listing.entries) if options["anyway"] else free_slots(listing)
        results, used = [], 0
        for entry in listing.entries:
            plan = {"has_slot": used < slots, "dry_run": options["dry_run"], "foreseen": used}
            try:
                result = clone_file(member=member, entry=entry, **plan)
            except OSError as problem:
                result = Result(Outcome.FAILED, f"The file cannot be read: {problem.strerror}.")
            used += result.outcome in USES_SLOT
            self.stdout.write(f"{entry.shown}: {result.sentence}")
            results.append(result)
        return results

    def _follow(self, entries: Sequence[Entry], results: Sequence[Result]) -> list[Result]:
        """Print each clone when it ends, and return the results with the outcomes of all that failed."""
        ended = list(results)
        waiting = {result.job.pk: number for number, result in enumerate(results) if result.job}
        # What waits for approval may wait for days.
        waiting = {pk: number for pk, number in waiting.items() if results[number].outcome != Outcome.HELD}
        while waiting:
            for job in CloneJob.objects.ended().filter(pk__in=waiting):
                number = waiting.pop(job.pk)
                outcome = "The voice is in the library." if job.state == State.CREATED else job.message
                self.stdout.write(f"{entries[number].shown}: {outcome or job.state}")
                if job.state != State.CREATED:
                    ended[number] = Result(Outcome.FAILED, job.message, job)
            if waiting:
                time.sleep(POLL_SECONDS)
        return ended


def free_slots(listing: Listing) -> int:
    """Return how many more voices the account can have; one without a limit has room for all."""
    quotas = quotas_in({entry.form.cleaned_data["key"].account for entry in listing.entries})
    return min((quota.allowed - quota.used for quota in quotas), default=len(listing.entries))


def member_named(team: str, email: str) -> Membership:
    """Return the membership of that person in the team with that name or id. Raise CommandError if there is none."""
    members = Membership.objects.filter(user__email__iexact=email, user__is_active=True)
    found = [
        one for one in members.select_related("team", "user") if team in {one.team.name, str(one.team.pk)}
    ]
    if len(found) != 1:
        raise CommandError(f"There is no {email} in a team named {team}.")
    return found[0]
