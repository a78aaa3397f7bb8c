"""Where work comes from."""

import re

from django.test import Client

from voices.kit.origin import Origin, current_origin


def test_outside_of_requests_the_origin_is_empty() -> None:
    assert current_origin() == Origin(request_id="", address="")


def test_each_answer_carries_an_id_of_its_own() -> None:
    first, second = (Client().get("/static/nothing.css", headers={"X-Request-ID": "mine"}) for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first["X-Request-ID"])
    assert first["X-Request-ID"] != second["X-Request-ID"]
