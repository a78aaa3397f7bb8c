"""The clone job against everything at once: whatever happens in whatever order, never two voices, always an end.

JOB_MACHINE_EXAMPLES and JOB_MACHINE_STEPS make a longer run, each time with other examples.
"""

import os
from collections import defaultdict
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.base import Cast
from tests.builders import make_key, make_sample
from tests.kit.fakes import FakeClock
from tests.worker.upstream import ASKED_SECONDS, LOOK_ENDS, POST_ENDS, Killed, Plan, Upstream, connect_to
from voices.actions.clone.submit import (
    can_cancel,
    can_retry,
    cancel_clone,
    retry_clone,
    submit_clone,
)
from voices.actions.consents.stating import draft_consent
from voices.actions.voice.names import NameInUseError
from voices.actions.work import RetryPolicy, WorkerContext
from voices.models import ApiKey, CloneJob, KeyState, Membership, Sample, State, Voice
from voices.worker.kinds.base import Runtime
from voices.worker.kinds.clone import KIND
from voices.worker.threads import in_orm_thread

NAMES = ("Marlene", "Sora")
STRANGER = "somebody else"
EXAMPLES = int(os.environ.get("JOB_MACHINE_EXAMPLES", "0"))
STEPS = int(os.environ.get("JOB_MACHINE_STEPS", "25"))
LEASE_SECONDS = RetryPolicy().lease
# Every job ends in a quarter of an hour of its own; a lease of a worker that died before and what Althea asks for
# come on top. The time in which the test's one worker was busy with another job is not the job's own.
MAX_SECONDS = 15 * 60 + LEASE_SECONDS
MAX_LAST_STEPS = 200  # in the last stretch: an endless one fails here, not at a clock
plans = st.builds(
    Plan,
    look=st.sampled_from(LOOK_ENDS),
    post=st.sampled_from(POST_ENDS),
    made=st.booleans(),
    at_end=st.booleans(),
    look_seconds=st.sampled_from((0.1, 1.0, 30.0)),
    post_seconds=st.sampled_from((1.0, 150.0)),
    late_seconds=st.sampled_from((0.0, 45.0, 300.0)),
    meanwhile=st.sampled_from(("", "", "look", "post")),
    who=st.sampled_from(("other worker", "person")),
)
# The last stretch is steadily bad, in one way: mixtures are what the rules before it are for.
steady = st.builds(
    Plan,
    look=st.sampled_from([end for end in LOOK_ENDS if end != "killed"]),
    post=st.sampled_from([end for end in POST_ENDS if end != "killed"]),
    made=st.booleans(),
    post_seconds=st.sampled_from((1.0, 150.0)),
)


class JobMachine(RuleBasedStateMachine):
    """Jobs of one person in one account, two workers, and an Althea that does as its plan says."""

    ed: ClassVar[Membership]
    sample: ClassVar[Sample]

    def __init__(self) -> None:
        super().__init__()
        Voice.objects.all().delete()
        CloneJob.objects.all().delete()
        self.clock = FakeClock()
        self.key = make_key(self.ed)
        self.upstream = Upstream(self.clock, interrupt=self.interrupt)
        self.last: Plan = Plan()

    @initialize(unique=st.booleans(), taken=st.sets(st.sampled_from(NAMES), max_size=1), last=steady)
    def open_account(self, unique: bool, taken: set[str], last: Plan) -> None:
        self.upstream.unique, self.last = unique, last
        for name in taken:
            self.upstream.add(name, maker=STRANGER)

    # --- what people do -------------------------------------------------------------------------
    @rule(name=st.sampled_from(NAMES))
    def submit(self, name: str) -> None:
        self.test_the_key()
        try:
            job = submit_clone(
                member=self.ed, key=self.key, sample=self.sample, form_token=uuid4(),
                consent=draft_consent(team=self.ed.team, basis="own"),
                name=name, description="", language="en", now=self.clock.now(),
            )  # fmt: skip
        except NameInUseError:
            return
        # The name of the job travels with the recording, so that Althea's voices tell whose they are.
        CloneJob.objects.filter(pk=job.pk).update(description=str(job.pk))

    @rule()
    def retry(self) -> None:
        self.test_the_key()
        for job in self.jobs():
            if can_retry(job):
                try:
                    retry_clone(member=self.ed, job=job, now=self.clock.now())
                except NameInUseError:
                    continue

    @rule()
    def cancel(self) -> None:
        for job in self.jobs():
            if can_cancel(job):
                cancel_clone(member=self.ed, job=job, now=self.clock.now())

    def test_the_key(self) -> None:
        ApiKey.objects.filter(pk=self.key.pk).update(state=KeyState.OK)

    # --- what workers do ------------------------------------------------------------------------
    @rule(worker_id=st.sampled_from(("one", "two")), plan=plans)
    def work(self, worker_id: str, plan: Plan) -> None:
        if not self.upstream.unique:
            # Without unique names only looking before sending protects, and it must see what is there.
            plan = Plan(**{**vars(plan), "late_seconds": 0.0})
        self.upstream.plan = plan
        async_to_sync(self.take_a_step)(worker_id)

    async def take_a_step(self, worker_id: str) -> set[UUID]:
        """One claim of one job and what comes of it. Return the ids of the jobs claimed."""
        context = WorkerContext(worker_id=worker_id, policy=RetryPolicy(), now=self.clock.now)
        runtime = Runtime(http=None, context=context, connect=connect_to(self.upstream))  # type: ignore[arg-type]  # no HTTP
        claimed = await in_orm_thread(KIND.claim, context, 1)
        for job in claimed:
            try:
                await KIND.run(job, runtime)
            except Killed:
                break
            except Exception:  # as the worker's loop does: any error of our own puts the row off
                await in_orm_thread(KIND.crashed, job, context)
        return {job.pk for job in claimed}

    async def interrupt(self, who: str) -> None:
        """Somebody else, in the middle of a call: the worker hangs past its lease, or the person cancels."""
        self.upstream.plan = Plan(late_seconds=self.upstream.plan.late_seconds)
        if who == "person":
            await in_orm_thread(self.cancel)
            return
        self.clock.advance(LEASE_SECONDS + 10)
        await self.take_a_step("three")

    @rule(seconds=st.sampled_from((1.0, 10.0, 61.0, 130.0, 700.0)))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # --- what must hold -------------------------------------------------------------------------
    def jobs(self) -> list[CloneJob]:
        return list(CloneJob.objects.with_parts().order_by("created_at"))

    @invariant()
    def jobs_keep_their_promises(self) -> None:
        # Without their parts: after every step, reading them took half of the test's time.
        for job in CloneJob.objects.all():
            made = self.upstream.made_by(str(job.pk))
            assert len(made) <= 1, job
            if job.state == State.CREATED:
                assert [job.voice.voice_id] == [voice.voice_id for voice in made]
            if job.state == State.CANCELLED or (job.state == State.FAILED and not job.in_doubt):
                assert not made, (job, job.problem)
            assert (job.ended_at is not None) == (not job.is_live), job
            assert job.state != State.FAILED or job.message

    def last_step(self, live: list[CloneJob], limits: dict[UUID, float]) -> None:
        """The next due job takes a step; the limits grow by what the jobs waited for through no fault of theirs."""
        ready_at = {job.pk: max(job.due_at, job.lease_until or job.due_at) for job in live}
        self.clock.advance((min(ready_at.values()) - self.clock.now()).total_seconds() + 0.001)
        start = self.clock.now()
        claimed = async_to_sync(self.take_a_step)("last")
        for pk, ready in ready_at.items():
            if pk in claimed:
                limits[pk] += ASKED_SECONDS * bool({"429", "503"} & {self.last.look, self.last.post})
            else:
                limits[pk] += max(0.0, (self.clock.now() - max(start, ready)).total_seconds())

    def teardown(self) -> None:
        """Every job ends by itself, however steadily bad the rest of the day is."""
        self.upstream.plan = self.last
        began = self.clock.now()
        limits: defaultdict[UUID, float] = defaultdict(lambda: MAX_SECONDS)
        for _ in range(MAX_LAST_STEPS):
            if not (live := list(CloneJob.objects.live())):
                break
            self.last_step(live, limits)
            for job in live:
                took = (self.clock.now() - began).total_seconds()
                assert took <= limits[job.pk], (took, limits[job.pk], job)
        assert not CloneJob.objects.live().exists()
        self.jobs_keep_their_promises()


@pytest.mark.django_db
@pytest.mark.timeout(0)  # bounded by examples and steps, not by a clock: a busy machine may take its time
def test_job_makes_at_most_one_voice_and_always_ends(cast: Cast) -> None:
    class Machine(JobMachine):
        ed, sample = cast.ed, make_sample(cast.ed)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES or (60 if connection.vendor == "sqlite" else 20),
            stateful_step_count=STEPS,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
