"""`manage.py clone_folder`: every fault before anything is done, a line a file, and nothing twice."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.base import Cast
from tests.builders import make_account, make_key, make_voice
from tests.sounds import speech_wav
from voices.models import ApiKey, CloneJob, Consent, Sample, State, Team

HEADER = "file,name,description,language,consent,speaker,relation,proof\n"


@pytest.fixture
def key(cast: Cast) -> ApiKey:
    return make_key(cast.ed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good recordings, one below; a picture; a file of the system."""
    inside = tmp_path / "recordings"
    (inside / "more").mkdir(parents=True)
    (inside / "anna_de-DE.wav").write_bytes(speech_wav(seconds=12, seed=1))
    (inside / "more" / "Marie (French).wav").write_bytes(speech_wav(seconds=12, seed=2))
    (inside / ".DS_Store").write_bytes(b"\0")
    return inside


def run(folder: Path, *options: str, consent: str = "own", **facts: Any) -> str:
    told = StringIO()
    given = {"team": "Northwind", "email": "ed@example.com", "stdout": told, **facts}
    call_command(
        "clone_folder", str(folder), *options, *([f"--consent={consent}"] if consent else []), **given
    )
    return told.getvalue()


def failure(folder: Path, *options: str, **facts: Any) -> list[str]:
    with pytest.raises(CommandError) as caught:
        run(folder, *options, **facts)
    return str(caught.value).splitlines()


def table(folder: Path, text: str, *, header: str = HEADER, encoding: str = "utf-8") -> str:
    path = folder.parent / "names.csv"
    path.write_bytes((header + text).encode(encoding))
    return f"--csv={path}"


def test_folder_is_cloned_by_its_file_names(cast: Cast, key: ApiKey, folder: Path) -> None:
    assert run(folder).splitlines() == [
        "anna_de-DE.wav: Queued as “Anna” (de-DE).",
        "more/Marie (French).wav: Queued as “Marie” (fr).",
        "2 queued, 1 skipped.",
    ]
    jobs = CloneJob.objects.order_by("name")
    assert [(job.name, job.actor, job.team, job.key, job.filename) for job in jobs] == [
        ("Anna", cast.ed.user, cast.northwind, key, "anna_de-DE.wav"),
        ("Marie", cast.ed.user, cast.northwind, key, "Marie (French).wav"),
    ]


def test_same_folder_again_makes_nothing_twice(key: ApiKey, folder: Path) -> None:
    run(folder)
    CloneJob.objects.filter(name="Anna").update(state=State.CREATED)
    told = run(folder)
    assert "anna_de-DE.wav: Cloned already, as “Anna”." in told
    assert "Being cloned already, as “Marie”." in told
    assert told.endswith("2 already cloned, 1 skipped.\n")
    assert (CloneJob.objects.count(), Sample.objects.count()) == (2, 2)


def test_same_folder_again_retries_what_failed(key: ApiKey, folder: Path) -> None:
    run(folder)
    CloneJob.objects.filter(name="Anna").update(state=State.FAILED, problem="throttled")
    assert "Failed before; queued again as “Anna”." in run(folder)
    assert CloneJob.objects.get(name="Anna").state == State.READY


def test_table_names_voices_and_consent(key: ApiKey, folder: Path) -> None:
    csv = table(folder, 'anna_de-DE.wav,Änni,"Warm, calm",French,agreed,Anna Roth,actor,Contract 4\n')
    assert run(folder, csv, consent="").splitlines()[-1] == "1 queued, 2 skipped."
    job = CloneJob.objects.get()
    assert (job.name, job.description, job.language) == ("Änni", "Warm, calm", "fr")
    consent = Consent.objects.get()
    assert (consent.basis, consent.speaker, consent.relation) == ("agreed", "Anna Roth", "actor")


def test_table_of_a_spreadsheet_with_few_columns_is_read(key: ApiKey, folder: Path) -> None:
    csv = table(folder, "more/Marie (French).wav;Marie\r\n", header="\ufeffFile;Name\r\n")
    assert "Queued as “Marie” (en)." in run(folder, csv)
    assert CloneJob.objects.get().name == "Marie"


def test_every_fault_of_a_table_is_told_before_anything(key: ApiKey, folder: Path) -> None:
    lines = [
        f"anna_de-DE.wav,{'x' * 41},,xx-nonsense,own,,",
        "more/Marie (French).wav,Marie,,,maybe,,",
    ]
    assert failure(folder, table(folder, "\n".join(lines) + "\n"), consent="") == [
        "Nothing was done.",
        "Line 2: name: This name has 41 characters. Althea allows at most 40.",
        "Line 2: language: Unknown language. Choose one from the list, or enter a tag such as de-DE.",
        "Line 3: consent: “maybe” is not one of own, agreed, made.",
    ]
    assert not CloneJob.objects.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("../secrets.wav,A,,,,,\n", ["Line 2: there is no recording ../secrets.wav in the folder."]),
        (
            "anna_de-DE.wav,A\nanna_de-DE.wav,B\n,C\n",
            [
                "Line 3: anna_de-DE.wav is already in line 2.",
                "Line 4: there is no recording (empty) in the folder.",
            ],
        ),
        ("anna_de-DE.wav,a,b,c,own,e,f,g,h,i\n", ["Line 2 has more columns than the header."]),
        ('anna_de-DE.wav,"open\n', ["Line 2: unexpected end of data."]),
        (
            "anna_de-DE.wav,Ana\nmore/Marie (French).wav,Ana\n",
            ["Line 3: name: “Ana” is also the name of Line 2."],
        ),
        (
            "anna_de-DE.wav,Ana,,,agreed,,actor,\n",
            ["Line 2: speaker: Enter the name of the person who consented."],
        ),
        ("anna_de-DE.wav,Ana,,,agreed,A,boss,\n", ["Line 2: relation: “boss” is not one of employee,"]),
        ("", ["lists no recordings"]),
    ],
)
def test_bad_lines_of_a_table_are_told(key: ApiKey, folder: Path, text: str, told: list[str]) -> None:
    lines = failure(folder, table(folder, text))
    assert len(lines) == len(told) + 1
    assert all(line.endswith(wanted) or wanted in line for line, wanted in zip(lines[1:], told, strict=True))
    assert not CloneJob.objects.exists()


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("name,language\n", "Line 1: the column “file” is missing."),
        ("file,voice,size\n", "Line 1: unknown column voice, size."),
        ("file,name,file\n", "Line 1: a column appears twice."),
        ("", "Line 1: the column “file” is missing."),
    ],
)
def test_bad_header_of_a_table_is_told(key: ApiKey, folder: Path, header: str, told: str) -> None:
    assert failure(folder, table(folder, "", header=header))[1].startswith(told)


def test_table_in_another_encoding_is_told(key: ApiKey, folder: Path) -> None:
    csv = table(folder, "anna_de-DE.wav,Änni\n", encoding="latin-1")
    assert "is not in UTF-8" in failure(folder, csv)[1]


def test_consent_must_be_given(key: ApiKey, folder: Path) -> None:
    lines = failure(folder, consent="")
    assert "anna_de-DE.wav: consent: Choose whose voice it is. Nothing can be sent without it." in lines
    assert not CloneJob.objects.exists()


def test_refused_file_stops_no_other_and_fails_the_command(key: ApiKey, folder: Path) -> None:
    (folder / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 3_000)
    told = StringIO()
    assert failure(folder, stdout=told) == ["2 queued, 1 refused, 1 skipped."]
    assert "cover.jpg: This is a JPEG picture" in told.getvalue()


def test_dry_run_checks_and_makes_nothing(cast: Cast, key: ApiKey, folder: Path) -> None:
    make_voice(cast.ed, name="Marie", account=key.account)
    told = StringIO()
    assert failure(folder, "--dry-run", stdout=told) == ["1 good, 1 failed, 1 skipped."]
    assert "Would be cloned as “Anna” (de-DE)." in told.getvalue()
    assert "You already have a voice called “Marie”" in told.getvalue()
    assert (CloneJob.objects.count(), Sample.objects.count()) == (0, 0)


def test_full_account_takes_what_fits(cast: Cast, folder: Path) -> None:
    make_key(cast.ed, account=make_account(allowed_voices=1))
    told = StringIO()
    assert failure(folder, stdout=told) == ["1 queued, 1 failed, 1 skipped."]
    assert "Northwind has no free slot." in told.getvalue()
    assert "Queued as “Marie”" in run(folder, "--anyway")


def test_wait_tells_how_the_clones_ended(key: ApiKey, folder: Path) -> None:
    run(folder)
    CloneJob.objects.filter(name="Anna").update(state=State.CREATED)
    failed = {"state": State.FAILED, "problem": "invalid", "message": "Too quiet."}
    CloneJob.objects.filter(name="Marie").update(**failed)
    told = StringIO()
    assert failure(folder, "--wait", stdout=told) == ["1 already cloned, 1 failed, 1 skipped."]
    assert "anna_de-DE.wav: The voice is in the library." in told.getvalue()
    assert "Marie (French).wav: Too quiet." in told.getvalue()


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"email": "sam@example.com"}, "There is no sam@example.com in a team named Northwind."),
        ({"team": "Westwind"}, "There is no ed@example.com in a team named Westwind."),
        ({"email": "ada@example.com"}, "has no key that can clone"),
    ],
)
def test_member_needs_team_and_key(key: ApiKey, folder: Path, facts: dict[str, str], told: str) -> None:
    assert told in failure(folder, **facts)[0]


def test_viewer_clones_nothing(cast: Cast, folder: Path) -> None:
    make_key(cast.vera)
    assert (
        "Your role in Northwind (Viewer) doesn't allow this." in failure(folder, email="vera@example.com")[0]
    )
    assert not Sample.objects.exists()


def test_missing_or_empty_folder_is_told(key: ApiKey, tmp_path: Path) -> None:
    assert "There is no folder" in failure(tmp_path / "nowhere")[1]
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    assert "There are no recordings in" in failure(tmp_path)[1]


def test_folder_of_other_voices_waits_for_approval(cast: Cast, key: ApiKey, folder: Path) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(two_person_rule=True)
    names = table(folder, "anna_de-DE.wav,Anna,,de,agreed,Ana Ruiz,actor,\n")
    for _ in range(2):
        told = run(folder, names, "--wait", consent="").splitlines()
        assert told == [
            "anna_de-DE.wav: Waiting as “Anna” for another editor or admin to approve it.",
            "1 waiting for approval, 2 skipped.",
        ]
    assert CloneJob.objects.get().state == State.HELD


def test_folder_is_cloned_as_far_as_the_quota(cast: Cast, key: ApiKey, folder: Path) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(monthly_clones=1)
    foreseen = StringIO()
    assert failure(folder, "--dry-run", stdout=foreseen) == ["1 good, 1 failed, 1 skipped."]
    assert "You've used your 1 clone for this month." in foreseen.getvalue()
    with pytest.raises(CommandError) as caught:
        run(folder)
    assert "1 queued, 1 failed" in str(caught.value)
    assert CloneJob.objects.get().name == "Anna"
