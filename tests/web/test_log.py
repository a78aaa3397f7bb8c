"""What the log says: one line for what strangers send, with the request's id, as text or JSON, and never a key."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import Client

from tests.base import Cast
from tests.web.canary import CANARY, leaks
from voices.kit.origin import Origin, coming_from
from voices.kit.secret import Secret

ID = "5f" * 16


@contextmanager
def logged(name: str, form: str = "text") -> Iterator[Callable[[], str]]:
    """What the logger of that name writes, by the formats and filters of the settings."""
    configured = logging.config.DictConfigurator(dict(settings.LOGGING))
    stream = logging.StreamHandler(written := io.StringIO())
    stream.setFormatter(configured.configure_formatter(dict(settings.LOGGING["formatters"][form])))
    logger = logging.getLogger(name)
    for one in settings.LOGGING["handlers"]["stderr"]["filters"]:
        stream.addFilter(configured.configure_filter(dict(settings.LOGGING["filters"][one])))
    logger.addHandler(stream)
    try:
        yield written.getvalue
    finally:
        logger.removeHandler(stream)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("name", "status", "is_whole"),
    [
        ("django.security.TooManyFieldsSent", 400, False),
        ("django.request", 400, False),
        ("django.request", 403, False),
        ("django.request", 500, True),
        ("django.request", 503, False),
        ("django.request", 507, False),
    ],
)
def test_log_has_one_line_per_refusal_and_a_full_failure(
    name: str, status: int, is_whole: bool, form: str
) -> None:
    with logged(name, form) as written:
        problem = ValueError("as Django does")
        logging.getLogger(name).error("refused", exc_info=problem, extra={"status_code": status})
    assert ("ValueError: as Django does" in written()) is is_whole
    assert written().startswith(f"ERROR {name}: refused\n" if form == "text" else "{")
    assert (written().count("\n") == 1) is (form == "json" or not is_whole)


def test_line_of_json_has_what_programs_look_for() -> None:
    with logged("voices.worker.loop", "json") as written, coming_from(Origin(ID, "10.0.0.1")):
        logging.getLogger("voices.worker.loop").warning("Two\nlines of %s", "“text”")
    line = json.loads(written())
    assert line.pop("time")[-1] == "Z"
    assert line == {
        "level": "warning",
        "logger": "voices.worker.loop",
        "message": "Two\nlines of “text”",
        "request_id": ID,
    }


def test_line_of_text_ends_with_its_request() -> None:
    with logged("voices.web.guard") as written:
        logging.getLogger("voices.web.guard").warning("alone")
        with coming_from(Origin(ID)):
            logging.getLogger("voices.web.guard").warning("asked")
    assert written() == f"WARNING voices.web.guard: alone\nWARNING voices.web.guard: asked [{ID}]\n"


def test_line_of_django_has_the_id_of_the_answer(client: Client) -> None:
    with logged("django.request") as written:
        answer = client.get("/setup/n0-such-t0ken/nowhere")
    assert written() == f"WARNING django.request: Not Found: /setup/… [{answer['X-Request-ID']}]\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_shows_a_key(form: str) -> None:
    with logged("voices.kit", form) as written:
        try:
            crash(Secret(CANARY), CANARY)
        except ValueError:
            logging.getLogger("voices.kit").exception("With %s and %r", Secret(CANARY), [Secret(CANARY)])
    assert "ValueError: no key in here" in written()
    assert leaks(written()) == []


def crash(secret: Secret, key: str) -> None:
    """Raise with a key in the local variables."""
    raise ValueError("no key in here")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/speak/abc/", "/speak/…"),
        ("/join/abc/?next=/", "/join/…"),
        ("/setup/abc/", "/setup/…"),
        ("/accounts/password/reset/key/3-abc/", "/accounts/password/reset/key/…"),
        ("/accounts/confirm-email/abc/", "/accounts/confirm-email/…"),
        ("/?q=private", "/"),
        ("/voices/", "/voices/"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_access_log_hides_tokens_in_addresses(address: str, shown: str, form: str) -> None:
    logger = logging.getLogger("uvicorn.access")
    with logged("uvicorn.access", form) as written:
        logger.warning('%s - "%s %s HTTP/%s" %d', "10.0.0.1:5", "GET", address, "1.1", 200)
    said = written() if form == "text" else json.loads(written())["message"]
    assert f'10.0.0.1:5 - "GET {shown} HTTP/1.1" 200' in said


def test_filter_with_a_thousand_values_is_refused(cast: Cast) -> None:
    answer = cast.login(cast.ada).get("/?" + "&".join(f"tag={number}" for number in range(1_001)))
    assert answer.status_code == 400
    assert "more fields or files than any form here" in answer.content.decode()
