"""An Althea in memory: no sockets, no waiting; every call answers as its plan says, and is often not nice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from uuid import uuid4

from tests.kit.fakes import FakeClock
from voices import althea
from voices.althea import (
    AltheaError,
    BlockedError,
    GarbledAnswerError,
    GoneError,
    InvalidFieldsError,
    KeyRefusedError,
    LimitReachedError,
    NameTakenError,
    NoAllowanceError,
    NotAllowedError,
    NotSentError,
    SampleFile,
    ThrottledError,
    UnknownOutcomeError,
)

ASKED_SECONDS = 60.0


class Killed(BaseException):
    """SIGKILL: no handler below may see it, as no handler sees a machine die."""


def throttled(status: int) -> AltheaError:
    return ThrottledError("Come back later.", retry_after_seconds=ASKED_SECONDS, status=status)


def name_taken() -> AltheaError:
    return NameTakenError("Taken.", status=400, fields=(("name", "already exists"),))


# What a call may end with instead of its answer. `bug` and `killed` are ours, the rest is Althea's or the net's.
ENDS: dict[str, Callable[[], BaseException]] = {
    "unknown": lambda: UnknownOutcomeError("Althea didn't respond in time."),
    "garbled": lambda: GarbledAnswerError("Althea answered with something that is not JSON."),
    "not sent": lambda: NotSentError("Can't reach Althea."),
    "never sent": lambda: NotSentError("The TLS certificate is not valid.", permanent=True),
    "429": lambda: throttled(429),
    "503": lambda: throttled(503),
    "not allowed": lambda: NotAllowedError("Althea doesn't allow this key to do that.", status=403),
    "blocked": lambda: BlockedError("A proxy or firewall blocked the request to Althea.", status=403),
    "key refused": lambda: KeyRefusedError("Althea refused this key.", status=403),
    "no allowance": lambda: NoAllowanceError("The allowance is used up.", status=402),
    "invalid": lambda: InvalidFieldsError("No.", status=400, fields=(("file", "Too quiet."),)),
    "limit": lambda: LimitReachedError("The account is full.", status=400),
    "gone": lambda: GoneError("Althea has no such thing.", status=404),
    "bug": lambda: RuntimeError("a mistake of our own"),
    "killed": Killed,
}
# All that is wrong with a form is told at once, so a taken name is told as well.
REFUSALS = ("no allowance", "invalid", "limit")
# After these the voice may be there, whatever the caller thinks.
MAY_HAVE_LANDED = ("unknown", "garbled", "503", "bug", "killed")
# Good answers and lost ones are the likelier, or hardly a job would come far.
LOOK_ENDS = (*[""] * 12, "unknown", "garbled", "not sent", "429", "503", "key refused", "bug", "killed")
POST_ENDS = (*[""] * 4, *["unknown"] * 6, *ENDS)


@dataclass(frozen=True)
class Plan:
    """How the calls of one step go. `made` and `at_end` say whether and when a post that ends badly lands."""

    look: str = ""
    post: str = ""
    made: bool = False
    at_end: bool = False
    look_seconds: float = 1.0
    post_seconds: float = 1.0
    late_seconds: float = 0.0
    meanwhile: str = ""  # what somebody else does during the call: "look" or "post" of it
    who: str = ""  # who that is


@dataclass(frozen=True)
class Made:
    """A voice at Althea, whose making it was, and from when on it is listed."""

    voice_id: str
    name: str
    maker: str
    listed_at: float

    def told(self) -> althea.Voice:
        """As the API tells it."""
        return althea.Voice.from_json(
            {"voiceId": self.voice_id, "name": self.name, "ownership": "private", "description": self.maker}
        )


@dataclass
class Upstream:
    """The account. With `unique` it refuses a second voice of a name, as the real one says it does."""

    clock: FakeClock
    unique: bool = True
    voices: list[Made] = field(default_factory=list)
    plan: Plan = Plan()
    interrupt: Callable[[str], Awaitable[None]] | None = None

    def add(self, name: str, *, maker: str) -> Made:
        """One voice more."""
        made = Made(str(uuid4()), name, maker, self.clock.monotonic() + self.plan.late_seconds)
        self.voices.append(made)
        return made

    def made_by(self, maker: str) -> list[Made]:
        """The voices that came of that job's posts."""
        return [voice for voice in self.voices if voice.maker == maker]

    def has(self, name: str) -> bool:
        """Whether the name is taken, listed or not."""
        return any(voice.name == name for voice in self.voices)


@dataclass
class UpstreamClient:
    """An `AltheaClient` for the account in memory; `key` is not looked at."""

    upstream: Upstream

    async def _pass(self, call: str, plan: Plan, seconds: float) -> None:
        self.upstream.clock.advance(seconds)
        if plan.meanwhile == call and self.upstream.interrupt is not None:
            await self.upstream.interrupt(plan.who)

    async def find_by_name(self, name: str) -> althea.Voice | None:
        """The look-up; the list is what it was when the call began."""
        plan, now = self.upstream.plan, self.upstream.clock.monotonic()
        listed = [voice for voice in self.upstream.voices if voice.name == name and voice.listed_at <= now]
        await self._pass("look", plan, plan.look_seconds)
        if plan.look:
            raise ENDS[plan.look]()
        return listed[0].told() if listed else None

    async def clone_voice(
        self, *, sample: SampleFile, name: str, description: str, language: str
    ) -> althea.Voice:
        """The post; the description names the job, so that every voice tells whose it is."""
        plan = self.upstream.plan
        assert read_whole(sample.file) == sample.size
        landed = None if plan.at_end else self._land(plan, name, description)
        await self._pass("post", plan, plan.post_seconds)
        if plan.at_end:
            landed = self._land(plan, name, description)
        if plan.post in REFUSALS and self.upstream.unique and self.upstream.has(name):
            raise name_taken()
        if plan.post:
            raise ENDS[plan.post]()
        assert landed is not None
        return landed.told()

    def _land(self, plan: Plan, name: str, maker: str) -> Made | None:
        if plan.post and not (plan.made and plan.post in MAY_HAVE_LANDED):
            return None
        if self.upstream.unique and self.upstream.has(name):
            if plan.post:
                return None
            raise name_taken()
        return self.upstream.add(name, maker=maker)


def read_whole(file: BinaryIO) -> int:
    """How many bytes the recording has; it must be open and at its beginning."""
    assert file.tell() == 0
    return len(file.read())


def connect_to(upstream: Upstream) -> Callable[[Any, Any], Any]:
    """What `Resources` take to turn a key into a client."""
    return lambda http, key: UpstreamClient(upstream)
