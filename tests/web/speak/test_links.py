"""The token of a link is in no log, no error report and no row."""

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.views.debug import ExceptionReporter
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_request, make_sample
from tests.sounds import speech_wav
from tests.web.canary import logs
from tests.web.speak.test_page import filled
from tests.web.test_secrets import database_text
from voices.actions.speakers.link_tokens import make_token
from voices.kit.secret import Secret
from voices.web.links import link_path, token_in, without_token

__all__ = ["logs"]  # a fixture
SPEECH = speech_wav(seconds=12, seed=4)


def parts_of(token: Secret) -> list[str]:
    """Both halves: neither may be seen."""
    return token.reveal().split(".")


def seen(token: Secret, text: str) -> bool:
    return any(part in text for part in parts_of(token))


@pytest.mark.parametrize("path", ["/speak/abc/", "/speak/abc", "/speak/a/b/", "/speak/"])
def test_path_is_logged_without_its_token(path: str) -> None:
    assert without_token(path) == "/speak/"
    assert token_in(path).reveal() == path.removeprefix("/speak/").removesuffix("/")


@pytest.mark.parametrize("path", ["/", "/clone/", "/speaker/abc/", "/voices/speak/abc/"])
def test_other_paths_have_no_token(path: str) -> None:
    assert (without_token(path), bool(token_in(path))) == (path, False)


def test_token_is_in_no_log_and_no_row(cast: Cast, logs: io.StringIO) -> None:
    token, closed, unknown = make_token(), make_token(), make_token()
    make_sample(cast.ed, content=SPEECH)
    make_request(cast.ed, token=token)
    make_request(cast.ed, token=closed, state="withdrawn")
    browser, strict = Client(), Client(enforce_csrf_checks=True)
    for one in (token, closed, unknown):
        url = link_path(one)
        browser.get(url)
        browser.get(url[:-1])
        browser.put(url)
        browser.get(f"{url}more/")
        strict.post(url, filled())
        browser.post(url, filled(file=SimpleUploadedFile("a.wav", b"no sound")))
        browser.get("/nothing/", headers={"Referer": f"http://testserver{url}", "HX-Current-URL": url})
    assert browser.post(link_path(token), filled()).status_code == 200
    for text in (logs.getvalue(), database_text()):
        assert "/speak/" in logs.getvalue()
        assert not any(seen(one, text) for one in (token, closed, unknown))


def failing(get_response: object) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware in which everything fails."""

    def fail(request: HttpRequest) -> HttpResponse:
        raise RuntimeError(request.get_full_path())

    return fail


def test_error_report_shows_no_token(db: None, settings: Settings, logs: io.StringIO) -> None:
    token, told = make_token(), []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.failing"]

    def report(sender: object, request: Any, **facts: object) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        told.extend((reporter.get_traceback_html(), reporter.get_traceback_text()))

    got_request_exception.connect(report)
    headers = {"Referer": f"http://testserver{link_path(token)}", "HX-Current-URL": link_path(token)}
    try:
        answer = Client(raise_request_exception=False).get(link_path(token), headers=headers)
    finally:
        got_request_exception.disconnect(report)
    assert (answer.status_code, len(told)) == (500, 2)
    assert not any(seen(token, text) for text in (*told, logs.getvalue(), answer.content.decode()))
