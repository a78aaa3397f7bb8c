"""What the log says of what strangers send."""

import io
import logging
import logging.config

import pytest
from django.conf import settings

from tests.base import Cast


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
def test_log_has_one_line_per_refusal_and_a_full_failure(name: str, status: int, is_whole: bool) -> None:
    written = io.StringIO()
    configured = logging.config.DictConfigurator(settings.LOGGING)
    one_line = configured.configure_filter(dict(settings.LOGGING["filters"]["one_line"]))  # it takes it apart
    stream = logging.StreamHandler(written)
    stream.addFilter(one_line)
    logger = logging.getLogger(name)
    logger.addHandler(stream)
    logger.error("refused", exc_info=ValueError("as Django does"), extra={"status_code": status})
    logger.removeHandler(stream)
    assert ("ValueError" in written.getvalue()) is is_whole
    assert is_whole or written.getvalue() == "refused\n"


def test_filter_with_a_thousand_values_is_refused(cast: Cast) -> None:
    answer = cast.login(cast.ada).get("/?" + "&".join(f"tag={number}" for number in range(1_001)))
    assert answer.status_code == 400
    assert "more fields or files than any form here" in answer.content.decode()
