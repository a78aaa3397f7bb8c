"""What is sealed opens with the right key in the right row, and fails loudly otherwise."""

import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from django.views.debug import ExceptionReporter

from voices.kit.sealing import Sealer, SealError, fingerprint, load_or_make_secret_file, make_key
from voices.kit.secret import Secret

VALUE = "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT"
ROW = UUID(int=1)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([make_key()])


def test_a_sealed_secret_opens_in_its_row(sealer: Sealer) -> None:
    token = sealer.seal(Secret(VALUE), row_id=ROW)
    assert sealer.unseal(token, row_id=ROW) == Secret(VALUE)
    assert sealer.unseal(memoryview(token), row_id=ROW).reveal() == VALUE


def test_the_token_does_not_show_the_value(sealer: Sealer) -> None:
    token = sealer.seal(Secret(VALUE), row_id=ROW)
    assert VALUE.encode() not in token
    assert token != sealer.seal(Secret(VALUE), row_id=ROW)


@pytest.mark.parametrize("value", ["", "a|b|c", "ключ 🔑", "x" * 5000])
def test_any_text_survives_sealing(sealer: Sealer, value: str) -> None:
    assert sealer.unseal(sealer.seal(Secret(value), row_id=ROW), row_id=ROW).reveal() == value


def test_a_token_moved_to_another_row_does_not_open(sealer: Sealer) -> None:
    with pytest.raises(SealError, match="another record"):
        sealer.unseal(sealer.seal(Secret(VALUE), row_id=ROW), row_id=uuid4())


def test_a_wrong_key_does_not_open(sealer: Sealer) -> None:
    with pytest.raises(SealError, match="be decrypted"):
        Sealer([make_key()]).unseal(sealer.seal(Secret(VALUE), row_id=ROW), row_id=ROW)


@pytest.mark.parametrize("token", [b"", b"garbage", VALUE.encode(), b"\x00\xff" * 50, b"gAAAAA" + b"A" * 100])
def test_garbage_does_not_open(sealer: Sealer, token: bytes) -> None:
    with pytest.raises(SealError):
        sealer.unseal(token, row_id=ROW)
    with pytest.raises(SealError):
        sealer.rotate(token)


def test_non_canonical_token_does_not_open() -> None:
    key = make_key()
    for plain in (b"", b"v1", VALUE.encode(), f"v0|{ROW}|{VALUE}".encode()):
        with pytest.raises(SealError):
            Sealer([key]).unseal(Fernet(key).encrypt(plain), row_id=ROW)


def test_tampering_with_any_character_is_detected(sealer: Sealer) -> None:
    token = sealer.seal(Secret(VALUE), row_id=ROW)
    for place in range(0, len(token) - 3, 7):
        broken = token[:place] + (b"A" if token[place : place + 1] != b"A" else b"B") + token[place + 1 :]
        with pytest.raises(SealError):
            sealer.unseal(broken, row_id=ROW)


def test_rotation_moves_to_the_first_key_and_loses_nothing() -> None:
    old, new = make_key(), make_key()
    rows = [uuid4() for _ in range(1000)]
    tokens = {row: Sealer([old]).seal(Secret(f"value {row}"), row_id=row) for row in rows}
    both = Sealer([new, old])
    turned = {row: both.rotate(token) for row, token in tokens.items()}
    assert all(Sealer([new]).unseal(turned[row], row_id=row).reveal() == f"value {row}" for row in rows)
    assert not any(both.is_current(token) for token in tokens.values())
    assert all(both.is_current(token) for token in turned.values())


def test_rotating_twice_is_harmless(sealer: Sealer) -> None:
    token = sealer.rotate(sealer.rotate(sealer.seal(Secret(VALUE), row_id=ROW)))
    assert sealer.unseal(token, row_id=ROW).reveal() == VALUE


@pytest.mark.parametrize("keys", [[], [""], ["short"], [make_key(), "ü"], ["A" * 43]])
def test_a_missing_or_malformed_key_is_refused_unquoted(keys: list[str]) -> None:
    with pytest.raises(SealError) as caught:
        Sealer(keys)
    assert not any(key and key in "".join(traceback.format_exception(caught.value)) for key in keys)


def test_no_traceback_page_shows_the_value(sealer: Sealer) -> None:
    token = sealer.seal(Secret(VALUE), row_id=ROW)
    with pytest.raises(SealError) as caught:
        sealer.unseal(token, row_id=uuid4())
    frames = ExceptionReporter(None, caught.type, caught.value, caught.tb).get_traceback_frames()
    assert VALUE[9:-4] not in repr([frame["vars"] for frame in frames if "voices/kit" in frame["filename"]])


def test_a_sealer_and_its_fingerprint_do_not_show_the_key() -> None:
    key = make_key()
    sealer = Sealer([key])
    assert key not in repr(sealer)
    assert sealer.fingerprint == fingerprint(Secret(key)) != fingerprint(Secret(VALUE))
    assert len(sealer.fingerprint) == 12


def test_a_secret_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secrets" / "enc.key"
    path.parent.mkdir(parents=True, mode=0o755)
    made = load_or_make_secret_file(path, make_key)
    assert load_or_make_secret_file(path, make_key) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_concurrent_starts_agree_on_one_secret_file(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "enc.key"

    def start(_: int) -> str:
        return load_or_make_secret_file(path, make_key)

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(start, range(64)))) == 1


def test_secret_file_of_the_first_process_is_used(tmp_path: Path) -> None:
    path = tmp_path / "enc.key"

    def make_late() -> str:
        path.write_text("first\n")
        return "second"

    assert load_or_make_secret_file(path, make_late) == "first"


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "enc.key"
    path.write_text(" \n")
    with pytest.raises(SealError, match="empty"):
        load_or_make_secret_file(path, make_key)
