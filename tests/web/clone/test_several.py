"""Several recordings by the page: listed, uploaded one by one, corrected in place, submitted once, counted apart."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from tests import sounds
from tests.base import Cast
from tests.builders import (
    make_account,
    make_batch,
    make_batch_row,
    make_job,
    make_key,
    make_sample,
    make_voice,
)
from voices.models import (
    ApiKey,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Consent,
    Membership,
    RowState,
    State,
)

URL = "/clone/several/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def key(cast: Cast) -> ApiKey:
    return make_key(cast.ed)


@pytest.fixture
def ed(cast: Cast, key: ApiKey) -> Client:
    return cast.login(cast.ed)


def wav(seconds: float = 12, name: str = "anna.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, sounds.speech_wav(seconds=seconds))


def choose(browser: Client, *names: str, **fields: Any) -> HttpResponse:
    """The files as the page's script lists them."""
    form = {"files": json.dumps([[name, 1_000] for name in names]), "complete": "1", **fields}
    return browser.post(URL, form, headers=HTMX)


def upload(browser: Client, row: CloneBatchRow, file: SimpleUploadedFile) -> HttpResponse:
    return browser.post(f"{URL}upload/", {"row": row.pk, "file": file, "complete": "1"}, headers=HTMX)


def typed(batch: CloneBatch, **changes: Any) -> dict[str, Any]:
    """The batch's form as it stands, with changes."""
    form: dict[str, Any] = {**batch.consent, "language": batch.language, "key": str(batch.key_id)}
    for row in batch.rows.filter(state=RowState.READY):
        form |= {
            f"{name}-{row.pk}": getattr(row, name) for name in ("name", "language", "description", "speaker")
        }
    return form | changes


def post(browser: Client, batch: CloneBatch, page: str, **changes: Any) -> HttpResponse:
    return browser.post(f"{URL}{batch.pk}/{page}/", typed(batch, **changes))


def errors(page: str) -> dict[str, str]:
    """The errors that the page's script puts beside the fields, by their names."""
    found = re.search(r'data-errors="([^"]*)"', page)
    return json.loads(unescape(found[1])) if found else {}


def shown(browser: Client, batch: CloneBatch, **headers: str) -> str:
    return " ".join(browser.get(f"{URL}{batch.pk}/", headers=headers).content.decode().split())


# --- choosing and uploading ---


def test_listed_files_become_rows_at_an_address(ed: Client) -> None:
    answer = choose(ed, "anna_de-DE.wav", ".DS_Store", "ben.wav")
    batch = CloneBatch.objects.get()
    rows = list(batch.rows.all())
    assert answer["HX-Push-Url"] == f"{URL}{batch.pk}/"
    assert f'data-waiting="{rows[0].pk},,{rows[1].pk}"' in answer.content.decode()
    page = shown(ed, batch)
    assert page.count("Not uploaded. Choose or drop this file again.") == 2
    assert "<b>2</b> not uploaded" in page
    assert "<b>1</b> skipped" in page


def test_uploaded_file_becomes_a_row_to_correct(ed: Client) -> None:
    choose(ed, "anna_de-DE.wav")
    row = CloneBatchRow.objects.get()
    answer = upload(ed, row, wav())
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert f'name="name-{row.pk}" value="Anna"' in page
    assert f'name="language-{row.pk}" value="German (Germany)"' in page
    assert "WAV · 12 seconds" in page
    assert "Clone 1 voice<" in page


def test_refused_file_says_why_beside_its_name(ed: Client) -> None:
    choose(ed, "short.wav", "anna.wav")
    short, anna = CloneBatchRow.objects.order_by("position")
    assert "only 4 seconds long" in upload(ed, short, wav(4)).content.decode()
    assert upload(ed, anna, wav()).status_code == 200
    page = shown(ed, CloneBatch.objects.get())
    assert "<b>1</b> ready" in page
    assert "<b>1</b> refused" in page


def test_more_files_join_the_batch_that_is_open(ed: Client) -> None:
    choose(ed, "anna.wav")
    batch = CloneBatch.objects.get()
    choose(ed, "anna.wav", "ben.wav", batch=str(batch.pk))
    assert [row.filename for row in batch.rows.all()] == ["anna.wav", "ben.wav"]


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("[]", "There are no files in what you chose"),
        ('[["Thumbs.db", 1]]', "only hidden system files"),
        (json.dumps([["a.wav", 1]] * 51), "That makes 51 files"),
        (json.dumps([["a.wav", 1]] * 5_001), "too many files"),
        ("{", "Choose them again"),
        ('[["a.wav"]]', "Choose them again"),
        ("[" * 100_000, "Choose them again"),
        ('[["a.wav", 1e999]]', "Choose them again"),
        (f'[["a.wav", {"9" * 30}]]', "too many files"),
    ],
)
def test_files_that_make_no_batch_are_told_on_the_page(ed: Client, listed: str, told: str) -> None:
    answer = ed.post(URL, {"files": listed, "complete": "1"}, headers=HTMX)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not CloneBatch.objects.exists()


def test_files_are_chosen_in_one_form_without_script(ed: Client) -> None:
    files = [wav(12, "anna.wav"), wav(13, "ben.wav"), SimpleUploadedFile("cover.jpg", b"\xff\xd8\xff" * 900)]
    answer = ed.post(URL, {"file": files, "complete": "1"})
    batch = CloneBatch.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{URL}{batch.pk}/")
    assert [row.state for row in batch.rows.all()] == [RowState.READY, RowState.READY, RowState.REFUSED]


def test_too_many_files_in_one_form_are_told(ed: Client) -> None:
    files = [wav(12, f"{number}.wav") for number in range(11)]
    answer = ed.post(URL, {"file": files, "complete": "1"})
    assert answer.status_code == 422
    assert "choose at most 10 files at a time" in answer.content.decode()
    assert not CloneBatch.objects.exists()


def test_files_of_another_persons_batch_are_not_taken(cast: Cast, ed: Client) -> None:
    row = make_batch_row(make_batch(cast.ada), cast.ada, state=RowState.MISSING)
    assert upload(ed, row, wav()).status_code == 404
    assert choose(ed, "anna.wav", batch=str(row.batch_id)).status_code == 404
    assert (row.batch.rows.count(), CloneBatch.objects.count()) == (1, 1)
    assert upload(cast.login(cast.ada), row, wav()).status_code == 200


def test_upload_cut_off_changes_nothing(ed: Client) -> None:
    choose(ed, "anna.wav")
    answer = ed.post(f"{URL}upload/", {"row": CloneBatchRow.objects.get().pk, "file": wav()})
    assert (answer.status_code, CloneBatchRow.objects.get().state) == (400, RowState.MISSING)


# --- correcting ---


def test_change_is_stored_and_its_error_told(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", key=key)
    anna, ben = batch.rows.all()
    make_voice(cast.ed, name="Taken", account=key.account)
    for name, told in {
        "Anna": "Anna.wav already has this name",
        "Taken": "You already have a voice called “Taken”",
        "x" * 41: "This name has 41 characters",
        "\u202e": "Give the voice a name",
        "Ben 🎙": "",
    }.items():
        answer = ed.post(f"{URL}{batch.pk}/save/", typed(batch, **{f"name-{ben.pk}": name}), headers=HTMX)
        page = answer.content.decode()
        error = errors(page).get(f"name-{ben.pk}", "")
        assert (error.startswith(told), bool(error)) == (True, bool(told))
        assert ("Clone 1 voice<" in page) is bool(told)
    ben.refresh_from_db()
    assert (anna.name, ben.name) == ("Anna", "Ben 🎙")


def test_language_is_typed_as_name_or_tag(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", "Cleo", key=key)
    anna, ben, _ = batch.rows.all()
    languages = {f"language-{anna.pk}": "German", f"language-{ben.pk}": "pt-BR"}
    post(ed, batch, "submit", language="fr", **languages)
    assert list(CloneJob.objects.order_by("name").values_list("language", flat=True)) == ["de", "pt-BR", "fr"]


def test_unknown_language_is_told_and_not_sent(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", key=key)
    post(ed, batch, "submit", **{f"language-{batch.rows.get().pk}": "xx-nonsense"})
    assert "Unknown language" in shown(ed, batch)
    assert not CloneJob.objects.exists()


def test_removing_a_row_stores_what_was_typed(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", key=key)
    anna, ben = batch.rows.all()
    post(ed, batch, "remove", row=str(ben.pk), **{f"name-{anna.pk}": "Annika"})
    assert batch.rows.get().name == "Annika"
    for odd in ("", "x", "9" * 30, "²"):
        assert post(ed, batch, "remove", row=odd).status_code == 303


# --- submitting ---


def test_submit_clones_what_is_ready_and_no_more(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", "x" * 41, key=key)
    make_batch_row(batch, cast.ed, position=4, state=RowState.REFUSED, finding=None)
    answer = post(ed, batch, "submit")
    assert (answer.status_code, answer["Location"]) == (303, f"{URL}{batch.pk}/")
    assert sorted(CloneJob.objects.values_list("name", flat=True)) == ["Anna", "Ben"]
    page = shown(ed, batch)
    assert "Cloning 2 voices" in page
    assert "<b>2</b> in progress" in page
    assert "<b>1</b> to correct" in page


def test_submit_twice_makes_no_voice_twice(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", key=key)
    form = typed(batch)
    for _ in range(2):
        assert ed.post(f"{URL}{batch.pk}/submit/", form).status_code == 303
    assert CloneJob.objects.count() == 2


def test_submit_without_consent_sends_nothing(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", key=key, consent={})
    answer = post(ed, batch, "submit")
    assert answer.status_code == 422
    assert "Choose whose voice it is" in answer.content.decode()
    assert not CloneJob.objects.exists()


def test_speaker_is_the_rows_or_that_of_all(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", key=key)
    anna, _ = batch.rows.all()
    agreed = {
        "consent": "agreed",
        "relation": "actor",
        "proof": "Contract 9",
        f"speaker-{anna.pk}": "Anna Roth",
    }
    post(ed, batch, "submit", **agreed, speaker="")
    assert list(Consent.objects.values_list("speaker", flat=True)) == ["Anna Roth"]
    assert "Enter who consented, for all voices or for each one." in shown(ed, batch)
    post(ed, batch, "submit", **agreed, speaker="Ben Lind")
    consents = Consent.objects.order_by("pk").values_list("basis", "speaker", "proof")
    assert list(consents) == [("agreed", "Anna Roth", "Contract 9"), ("agreed", "Ben Lind", "Contract 9")]


def test_voices_without_a_free_slot_are_named_and_wait(cast: Cast) -> None:
    key = make_key(cast.ed, account=make_account(allowed_voices=3))
    make_voice(cast.ed, account=key.account, name="Here")
    batch, ed = make_batch(cast.ed, "Anna", "Ben", "Cleo", key=key), cast.login(cast.ed)
    page = shown(ed, batch)
    assert (
        'Northwind has 2 free slots</b> for 3 voices. This one won\'t fit: <span dir="auto">Cleo</span>'
        in page
    )
    assert "Clone 2 voices<" in page
    post(ed, batch, "submit")
    assert sorted(CloneJob.objects.values_list("name", flat=True)) == ["Anna", "Ben"]
    post(ed, batch, "submit", anyway="1")
    assert CloneJob.objects.count() == 3


def test_key_of_another_person_is_not_used(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch, other = make_batch(cast.ed, "Anna", key=key), make_key(cast.ada)
    answer = post(ed, batch, "submit", key=str(other.pk))
    assert (answer.status_code, CloneJob.objects.count()) == (422, 0)


# --- afterwards ---


def submitted(cast: Cast, key: ApiKey, *states: tuple[str, str]) -> CloneBatch:
    """A batch whose clones are in these states, with these problems."""
    batch = make_batch(cast.ed, key=key)
    for position, (state, problem) in enumerate(states, 1):
        job = make_job(cast.ed, key=key, name=f"Voice {position}", state=state, problem=problem)
        make_batch_row(batch, cast.ed, position=position, state=RowState.SUBMITTED, job=job)
    return batch


def test_outcomes_are_counted_apart(cast: Cast, ed: Client, key: ApiKey) -> None:
    states = [(State.CREATED, ""), (State.FAILED, "not_sent"), (State.SENDING, ""), (State.CANCELLED, "")]
    batch = submitted(cast, key, *states)
    make_batch_row(batch, cast.ed, position=5, state=RowState.SKIPPED)
    page = shown(ed, batch)
    for part in ("1</b> done", "1</b> failed", "1</b> in progress", "1</b> cancelled", "1</b> skipped"):
        assert part in page
    assert 'hx-trigger="every 2s"' in shown(ed, batch, **HTMX)


def test_retry_failed_retries_those_alone(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = submitted(
        cast, key, (State.CREATED, ""), (State.FAILED, "not_sent"), (State.FAILED, "name_taken")
    )
    assert "Retry 1 failed" in shown(ed, batch)
    assert post(ed, batch, "retry").status_code == 303
    assert list(CloneJob.objects.order_by("name").values_list("state", flat=True)) == [
        State.CREATED,
        State.READY,
        State.FAILED,
    ]
    post(ed, batch, "retry")
    assert "There is nothing to retry." in shown(ed, batch)


def test_admin_sees_a_batch_and_cannot_change_it(cast: Cast, key: ApiKey) -> None:
    batch, ada = make_batch(cast.ed, "Anna", key=key), cast.login(cast.ada)
    page = shown(ada, batch)
    assert "Anna.wav" in page
    assert 'id="send"' not in page
    assert 'id="chooser"' not in page
    assert post(ada, batch, "submit").status_code == 403


def test_demoted_editor_submits_nothing(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", key=key)
    Membership.objects.filter(pk=cast.ed.pk).update(role="viewer")
    assert post(ed, batch, "submit").status_code == 403
    assert choose(ed, "ben.wav").status_code == 403
    assert not CloneJob.objects.exists()


def test_batch_whose_key_is_gone_says_so(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", key=key)
    ApiKey.objects.update(state="removed")
    answer = post(ed, batch, "submit")
    assert answer.status_code == 422
    assert "You don't have this key." in answer.content.decode().replace("&#x27;", "'")


def test_recent_batches_are_listed_where_one_begins(cast: Cast, ed: Client, key: ApiKey) -> None:
    batch = make_batch(cast.ed, "Anna", "Ben", key=key)
    make_batch(cast.ada, "Cleo")
    page = " ".join(ed.get(URL).content.decode().split())
    assert f'href="{URL}{batch.pk}/">2 recordings</a>' in page
    assert page.count("recordings</a>") == 1


def test_page_of_fifty_rows_takes_few_queries(
    cast: Cast, ed: Client, key: ApiKey, django_assert_max_num_queries: Any
) -> None:
    batch, sample = make_batch(cast.ed, key=key), make_sample(cast.ed)
    for position in range(1, 51):
        make_batch_row(batch, cast.ed, position=position, sample=sample, name=f"Voice {position}")
    with django_assert_max_num_queries(15):
        assert "Clone 50 voices<" in shown(ed, batch)
