"""A worker that is killed twice in an import of a voice pack: every voice is made once, and the report says so."""

from collections import Counter
from dataclasses import dataclass

import pytest
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_key
from tests.faults.running import LiveWorker, until
from tests.packs import pack_bytes, voice_facts
from tests.sandbox.live import LiveSandbox
from tests.sounds import speech_wav
from tests.worker.test_packs import Importer
from voices.actions.packs.importing import start_import
from voices.models import AuditEntry, CloneJob, PackImport, PackState, Voice

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db
NOWHERE = "https://althea.invalid"
CLONES = tuple(f"Clone {number}" for number in range(6))
OTHERS = tuple(f"Other {number}" for number in range(2))
ALL = [*CLONES, *OTHERS]


def begin(cast: Cast, sandbox: LiveSandbox) -> PackImport:
    """An import of six clones, whose recordings take a while to be read, and of two voices from settings."""
    importer = Importer(cast.ed, make_key(cast.ed, secret=sandbox.key()))
    recorded = {"definition": {}, "billing": "VOICE_BILLING_STYLE_INCLUDED", "consent": {"basis": "own"}}
    clones = [voice_facts(name=name, sample={"sent": f"files/{name[-1]}.wav"}, **recorded) for name in CLONES]
    files = {f"files/{name[-1]}.wav": speech_wav(seconds=12 + int(name[-1])) for name in CLONES}
    pack = importer.receive(pack_bytes(*clones, *(voice_facts(name=name) for name in OTHERS), files=files))
    importer.fill_in(pack)
    start_import(member=cast.ed, pack=pack, now=timezone.now())
    return pack


def names(sandbox: LiveSandbox) -> list[str]:
    return sorted(one["name"] for one in sandbox.voices(private=True))


def rows(pack: PackImport) -> Counter[str]:
    return Counter(pack.rows.values_list("state", flat=True))


@dataclass(frozen=True)
class Story:
    """What the two killed workers left, and what the third one made of it."""

    pack: PackImport
    first: Counter[str]
    unanswered: list[str]
    upstream: list[str]


@pytest.fixture(scope="module")
def story(stage: Cast, sandbox: LiveSandbox, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One worker killed between two rows, one while two voices are made without an answer; a third one ends it."""
    folder, pack = tmp_path_factory.mktemp("workers"), begin(stage, sandbox)
    with LiveWorker(folder, sandbox, althea_url=NOWHERE) as worker:
        until(lambda: rows(pack)["sent"] >= 2, "two rows are sent")
        worker.kill()
    first, before = rows(pack), len(names(sandbox))
    sandbox.fault(effect="hang", times=2, commit=True, method="POST", path="/api/voices")
    with LiveWorker(folder, sandbox, althea_url=NOWHERE) as worker:
        until(lambda: len(names(sandbox)) >= before + 2, "two voices are made without an answer")
        unanswered = sorted(set(names(sandbox)) - set(Voice.objects.values_list("name", flat=True)))
        worker.kill()
    with LiveWorker(folder, sandbox, althea_url=NOWHERE):
        until(lambda: not PackImport.objects.live().exists(), "the next worker ends it")
    pack.refresh_from_db()
    return Story(pack, first, unanswered, names(sandbox))


def test_killed_workers_leave_rows_and_voices_half_done(story: Story) -> None:
    assert story.first["waiting"] >= 1
    assert len(story.unanswered) >= 1


def test_every_voice_of_the_pack_is_there_once(story: Story) -> None:
    assert story.upstream == ALL
    assert sorted(Voice.objects.values_list("name", flat=True)) == ALL
    assert sorted(CloneJob.objects.values_list("name", "state")) == [(name, "created") for name in ALL]


def test_report_names_every_voice_as_made(story: Story) -> None:
    assert (story.pack.state, story.pack.message) == (PackState.DONE, "")
    told = story.pack.rows.order_by("name").values_list("name", "state", "message", "voice__name")
    assert list(told) == [(name, "made", "", name) for name in ALL]
    verbs = Counter(AuditEntry.objects.values_list("verb", flat=True))
    assert (verbs["clone.submitted"], verbs["voice.imported"]) == (8, 8)
    assert verbs["voice.cloned"] + verbs["voice.created"] + verbs["voice.adopted"] == 8
    assert verbs["voice.adopted"] >= 2  # found by their names, after their answers were lost
