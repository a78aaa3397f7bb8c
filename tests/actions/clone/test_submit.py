"""What people do to a clone job: submit once, retry what may help, cancel what was not sent."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied

from tests.base import Cast, make_cast
from tests.builders import make_account, make_job, make_key, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions import NotPossibleError
from voices.actions.clone.submit import (
    IdempotencyKeyReusedError,
    can_retry,
    cancel_clone,
    retry_clone,
    submit_clone,
)
from voices.actions.consents.stating import draft_consent
from voices.actions.voice.create import submit_definition
from voices.actions.voice.names import NameInUseError
from voices.models import (
    ENDED,
    LIVE,
    ApiKey,
    AuditEntry,
    CloneJob,
    Consent,
    KeyState,
    Membership,
    Sample,
    State,
)


def submit(member: Membership, **facts: Any) -> CloneJob:
    given: dict[str, Any] = {"name": "Marlene", "description": "", "language": "en"}
    given |= {"form_token": uuid4(), "now": NOON, "consent": draft_consent(team=member.team, basis="own")}
    if "key" not in facts:
        given["key"] = make_key(member)
    if "sample" not in facts:
        given["sample"] = make_sample(member)
    return submit_clone(member=member, **given | facts)


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


@pytest.mark.parametrize("who", ["ed", "ada"])
def test_submit_clone_makes_a_job_that_is_due(cast: Cast, who: str) -> None:
    member = getattr(cast, who)
    job = submit(member, now=NOON)
    assert (job.state, job.due_at, job.actor, job.team) == (State.READY, NOON, member.user, cast.northwind)
    assert verbs() == ["consent.stated", "clone.submitted"]
    job.sample.refresh_from_db()
    assert job.sample.used_at == NOON


def test_submit_clone_is_refused_to_a_viewer(cast: Cast) -> None:
    with pytest.raises(PermissionDenied, match="Viewer"):
        submit(cast.vera)
    assert not CloneJob.objects.exists()


def test_submit_clone_returns_the_first_job_of_a_form(cast: Cast) -> None:
    facts = {"key": make_key(cast.ed), "sample": make_sample(cast.ed), "form_token": uuid4()}
    assert submit(cast.ed, **facts) == submit(cast.ed, **facts)
    assert verbs() == ["consent.stated", "clone.submitted"]


@pytest.mark.parametrize(
    "other",
    [
        {"description": "Calm", "name": "Sora"},
        {"language": "de", "name": "Sora"},
        {"consent": Consent(basis="made"), "name": "Sora"},
    ],
)
def test_submit_clone_makes_another_job_of_other_values(cast: Cast, other: dict[str, Any]) -> None:
    facts = {"key": make_key(cast.ed), "sample": make_sample(cast.ed), "form_token": uuid4()}
    submit(cast.ed, **facts)
    second = submit(cast.ed, **facts | other)
    assert (second.name, CloneJob.objects.count()) == ("Sora", 2)


def test_submit_clone_tells_recordings_and_keys_apart(cast: Cast) -> None:
    facts = {"key": make_key(cast.ed), "sample": make_sample(cast.ed), "form_token": uuid4()}
    submit(cast.ed, **facts)
    with pytest.raises(NameInUseError, match="already in progress"):
        submit(cast.ed, **facts | {"sample": make_sample(cast.ed)})
    assert submit(cast.ed, **facts | {"key": make_key(cast.ed)}).name == "Marlene"
    assert CloneJob.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_submit_clone_in_four_tabs_at_once_makes_one_job() -> None:
    ed = make_cast().ed
    facts = {"key": make_key(ed), "sample": make_sample(ed), "form_token": uuid4()}
    assert len({job.pk for job in at_once(lambda _: submit(ed, **facts))}) == 1
    assert (CloneJob.objects.count(), verbs()) == (1, ["consent.stated", "clone.submitted"])


@pytest.mark.django_db(transaction=True)
def test_idempotency_key_four_times_at_once_makes_one_job() -> None:
    ed = make_cast().ed
    token = uuid4()
    facts = {"key": make_key(ed), "sample": make_sample(ed), "form_token": token, "idempotency_key": token}

    def try_it(number: int) -> str:
        try:
            return submit(ed, **facts, name=f"Voice {number}").name
        except IdempotencyKeyReusedError:
            return "reused"

    told = at_once(try_it)
    assert (len(told), told.count("reused")) == (4, 3)
    assert [job.name for job in CloneJob.objects.all()] == [one for one in told if one != "reused"]


@pytest.mark.django_db(transaction=True)
def test_submit_clone_of_one_name_four_times_makes_one_job() -> None:
    ed = make_cast().ed
    facts = {"key": make_key(ed), "sample": make_sample(ed)}

    def try_it(_: int) -> str:
        try:
            return submit(ed, **facts).name
        except NameInUseError as problem:
            return str(problem)

    told = at_once(try_it)
    assert told.count("Marlene") == 1
    assert sum("already in progress" in words for words in told) == 3


@pytest.mark.django_db(transaction=True)
def test_submit_definition_in_four_tabs_at_once_makes_one_job() -> None:
    ed = make_cast().ed
    facts = {"key": make_key(ed), "form_token": uuid4(), "definition": {"lmnt": {"voiceId": "leah"}}}
    words = {"name": "Marlene", "description": "", "language": "en"}

    def send(_: int) -> UUID:
        return submit_definition(member=ed, now=NOON, **words, **facts).pk

    assert len(set(at_once(send))) == 1
    assert (CloneJob.objects.count(), verbs()) == (1, ["clone.submitted"])


def test_submit_clone_shares_no_job_between_people(cast: Cast) -> None:
    token, sample = uuid4(), make_sample(cast.ed)
    jobs = [submit(who, form_token=token, sample=sample) for who in (cast.ed, cast.ada)]
    assert [job.actor for job in jobs] == [cast.ed.user, cast.ada.user]


@pytest.mark.parametrize("state", LIVE)
def test_submit_clone_refuses_the_name_of_a_live_job(cast: Cast, state: State) -> None:
    first = make_job(cast.ed, state=state)
    with pytest.raises(NameInUseError, match="already in progress"):
        submit(cast.ed, key=first.key)


@pytest.mark.parametrize("state", ENDED)
def test_submit_clone_accepts_the_name_of_a_failed_job(cast: Cast, state: State) -> None:
    first = make_job(cast.ed, state=state)
    assert submit(cast.ed, key=first.key).state == State.READY


def test_submit_clone_reserves_the_name_of_an_unknown_outcome(cast: Cast) -> None:
    first = make_job(cast.ed, state=State.FAILED, problem="unknown", in_doubt=True)
    with pytest.raises(NameInUseError, match="may have reached Althea"):
        submit(cast.ed, key=first.key)
    assert retry_clone(member=cast.ed, job=first, now=NOON).in_doubt


def test_submit_clone_refuses_the_name_of_a_voice_until_gone(cast: Cast) -> None:
    key = make_key(cast.ed)
    voice = make_voice(cast.ed, account=key.account)
    with pytest.raises(NameInUseError, match="already have a voice"):
        submit(cast.ed, key=key)
    voice.gone_at = NOON
    voice.save()
    assert submit(cast.ed, key=key).state == State.READY


def test_a_catalogue_voice_takes_no_name(cast: Cast) -> None:
    key = make_key(cast.ed)
    make_voice(cast.ed, name="Mark", account=key.account, ownership="public")
    assert submit(cast.ed, key=key, name="Mark").state == State.READY


def test_submit_clone_checks_names_per_account(cast: Cast) -> None:
    make_voice(cast.ed, account=make_account())
    submit(cast.ed)
    assert submit(cast.ed, key=make_key(cast.ed)).state == State.READY


def foreign(cast: Cast) -> ApiKey:
    return make_key(cast.ada)


def refused(cast: Cast) -> ApiKey:
    return make_key(cast.ed, state=KeyState.REFUSED)


def untested(cast: Cast) -> ApiKey:
    return make_key(cast.ed, state=KeyState.UNKNOWN, account=None)


@pytest.mark.parametrize("key", [foreign, refused, untested])
def test_submit_clone_needs_a_working_key_of_the_person(cast: Cast, key: Any) -> None:
    with pytest.raises(NotPossibleError, match="not ready for cloning"):
        submit(cast.ed, key=key(cast))


def test_submit_clone_refuses_a_sample_of_another_team(cast: Cast) -> None:
    with pytest.raises(NotPossibleError, match="doesn't belong to your team"):
        submit(cast.ed, sample=make_sample(cast.sam))


@pytest.mark.django_db(transaction=True)
def test_submit_clone_explains_that_the_sample_was_swept() -> None:
    ed = make_cast().ed
    sample = make_sample(ed)
    Sample.objects.all().delete()
    with pytest.raises(NotPossibleError, match="no longer stored"):
        submit(ed, sample=sample)
    assert not CloneJob.objects.exists()


# --- retry -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "problem", ["unknown", "throttled", "not_sent", "key_refused", "limit_reached", "crash"]
)
def test_retry_clone_accepts_temporary_problems(cast: Cast, problem: str) -> None:
    job = make_job(
        cast.ed, state=State.FAILED, problem=problem, message="EditableFields.", ended_at=NOON,
        attempts=3, sends=2, lookups=4, crashes=5, in_doubt=True,
    )  # fmt: skip
    retry_clone(member=cast.ed, job=job, now=NOON)
    job.refresh_from_db()
    assert (job.state, job.due_at, job.problem, job.message) == (State.READY, NOON, "", "")
    assert (job.attempts, job.sends, job.lookups, job.crashes, job.ended_at) == (0, 0, 0, 0, None)
    assert job.in_doubt  # a voice that an earlier send left is still this job's
    assert verbs() == ["clone.retried"]


@pytest.mark.parametrize("problem", ["name_taken", "invalid"])
def test_retry_clone_refuses_permanent_problems(cast: Cast, problem: str) -> None:
    job = make_job(cast.ed, state=State.FAILED, problem=problem)
    assert not can_retry(job)
    with pytest.raises(NotPossibleError):
        retry_clone(member=cast.ed, job=job, now=NOON)


def test_retry_clone_is_refused_to_a_viewer(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        retry_clone(member=cast.vera, job=make_job(cast.ed, state=State.FAILED, problem="unknown"), now=NOON)


def test_retry_clone_explains_a_second_click(cast: Cast) -> None:
    job = make_job(cast.ed, state=State.FAILED, problem="unknown")
    late = CloneJob.objects.get()
    retry_clone(member=cast.ed, job=job, now=NOON)
    with pytest.raises(NotPossibleError, match="changed in the meantime"):
        retry_clone(member=cast.ed, job=late, now=NOON)


def test_retry_clone_never_adopts_the_voice_of_another_job(cast: Cast) -> None:
    first = make_job(cast.ed, state=State.FAILED, problem="unknown", in_doubt=True)
    second = make_job(cast.ed, key=first.key, sample=first.sample, state=State.CREATED)
    make_voice(cast.ed, account=first.account, job=second)
    with pytest.raises(NameInUseError, match="already have a voice"):
        retry_clone(member=cast.ed, job=first, now=NOON)


def test_retry_clone_is_refused_beside_a_live_job_of_the_name(cast: Cast) -> None:
    first = make_job(cast.ed, state=State.FAILED, problem="limit_reached")
    submit(cast.ed, key=first.key)
    with pytest.raises(NameInUseError, match="already in progress"):
        retry_clone(member=cast.ed, job=first, now=NOON)


# --- cancel ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", [State.READY, State.WAITING])
def test_cancel_clone_accepts_a_job_that_was_not_sent(cast: Cast, state: State) -> None:
    job = make_job(cast.ed, state=state, lease_until=NOON)
    cancel_clone(member=cast.ed, job=job, now=NOON)
    job.refresh_from_db()
    assert (job.state, job.ended_at, job.lease_until) == (State.CANCELLED, NOON, None)
    assert verbs() == ["clone.cancelled"]


@pytest.mark.parametrize(
    ("state", "in_doubt"),
    [
        (State.SENDING, True),
        (State.UNKNOWN, True),
        (State.WAITING, True),
        (State.READY, True),
        (State.CREATED, False),
    ],
)
def test_cancel_clone_refuses_a_job_that_may_have_a_voice(cast: Cast, state: State, in_doubt: bool) -> None:
    job = make_job(cast.ed, state=state, in_doubt=in_doubt)
    with pytest.raises(NotPossibleError):
        cancel_clone(member=cast.ed, job=job, now=NOON)
    assert CloneJob.objects.get().state == state


def test_cancel_clone_from_an_old_page_sees_the_current_state(cast: Cast) -> None:
    old = make_job(cast.ed)
    CloneJob.objects.update(in_doubt=True)  # sent and asked to wait since that page was made
    with pytest.raises(NotPossibleError):
        cancel_clone(member=cast.ed, job=old, now=NOON)
    assert CloneJob.objects.get().state == State.READY


def test_cancel_clone_is_refused_to_a_viewer(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        cancel_clone(member=cast.vera, job=make_job(cast.ed), now=NOON)
