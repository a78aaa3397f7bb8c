"""The pages of webhooks: an admin adds one, sees its secret once, and what became of each message."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from voices.actions.notices.endpoints import MAX_ENDPOINTS, EndpointError, add_endpoint, send_test
from voices.gateway import unseal_webhook
from voices.models import AuditEntry, DeliveryState, WebhookDelivery, WebhookEndpoint

URL = "https://hooks.example/a"


def add(cast: Cast, **facts: Any) -> WebhookEndpoint:
    given = {"member": cast.ada, "url": URL, "kinds": ["voice.created"], "now": timezone.now()}
    return add_endpoint(**given | facts)[0]


def test_secret_is_shown_once_and_stored_sealed(cast: Cast) -> None:
    browser = cast.login(cast.ada)
    form = {"url": f" {URL}#x ", "kinds": ["voice.gone", "voice.created", "nonsense"]}
    assert browser.post("/team/webhooks/new/", form).status_code == 422
    form["kinds"] = form["kinds"][:2]
    page = browser.post("/team/webhooks/new/", form).content.decode()
    endpoint = WebhookEndpoint.objects.get()
    [secret] = unseal_webhook(endpoint, now=timezone.now())
    assert secret.reveal() in page
    assert (endpoint.url, endpoint.kinds) == (URL, ["voice.created", "voice.gone"])
    assert secret.reveal().encode() not in bytes(endpoint.sealed)
    later = "".join(
        browser.get(path).content.decode()
        for path in (
            "/team/webhooks/",
            f"/team/webhooks/{endpoint.pk}/",
            f"/team/webhooks/{endpoint.pk}/edit/",
        )
    )
    assert secret.reveal()[6:] not in later + str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"url": URL}, "Choose at least one event."),
        ({"url": "http://hooks.example/a", "kinds": "voice.gone"}, "must begin with https://"),
        ({"url": "https://u:p@hooks.example/", "kinds": "voice.gone"}, "Remove the user name and password"),
        ({"url": "http://127.0.0.1:9/", "kinds": "voice.gone"}, "must begin with https://"),
        ({"kinds": "voice.gone"}, "Enter the address"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(cast: Cast, form: dict[str, str], words: str) -> None:
    answer = cast.login(cast.ada).post("/team/webhooks/new/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_this_machine_is_offered_only_for_development(cast: Cast, settings: Settings) -> None:
    settings.WEBHOOKS_LOOPBACK = True
    assert add(cast, url="http://127.0.0.1:9/a").url == "http://127.0.0.1:9/a"


def test_only_admins_add_and_only_ten(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        add(cast, member=cast.ed)
    for _ in range(MAX_ENDPOINTS):
        add(cast)
    with pytest.raises(EndpointError, match="at most 10 webhooks"):
        add(cast)


def test_log_shows_what_was_answered_as_text(cast: Cast) -> None:
    endpoint = add(cast)
    sent = send_test(member=cast.ada, endpoint=endpoint, now=timezone.now())
    rows = WebhookDelivery.objects.filter(pk=sent.pk)
    facts = {"status": 500, "milliseconds": 12, "answer": "<script>oops", "problem": "It broke."}
    rows.update(state=DeliveryState.FAILED, attempts=10, **facts)
    browser, path = cast.login(cast.ada), f"/team/webhooks/{endpoint.pk}/"
    page = browser.get(path).content.decode()
    for words in ("Test event", "500 after 12 ms", "&lt;script&gt;oops", "It broke.", sent.notice.message_id):
        assert words in page
    assert browser.post(f"{path}{sent.pk}/again/").status_code == 303
    assert (rows.get().state, rows.get().attempts) == (DeliveryState.WAITING, 0)


def test_log_is_paged_from_the_newest(cast: Cast) -> None:
    endpoint = add(cast)
    for _ in range(26):
        send_test(member=cast.ada, endpoint=endpoint, now=timezone.now())
    browser, path = cast.login(cast.ada), f"/team/webhooks/{endpoint.pk}/"
    first = browser.get(path)
    assert len(first.context["log"].rows) == 25
    older = browser.get(f"{path}?before={first.context['log'].older}")
    assert (len(older.context["log"].rows), older.context["log"].older) == (1, None)
    assert len(browser.get(f"{path}?before=²{'9' * 40}").context["log"].rows) == 25


def test_a_disabled_endpoint_sends_no_test(cast: Cast) -> None:
    endpoint = add(cast)
    browser, path = cast.login(cast.ada), f"/team/webhooks/{endpoint.pk}/"
    browser.post(f"{path}switch/", {"state": "disabled"})
    browser.post(f"{path}test/")
    assert "This webhook is disabled. Enable it first." in browser.get(path).content.decode()
    browser.post(f"{path}switch/", {"state": "active"})
    browser.post(f"{path}test/")
    assert WebhookDelivery.objects.count() == 1


def test_a_removed_endpoint_takes_its_log_with_it(cast: Cast) -> None:
    endpoint = add(cast)
    send_test(member=cast.ada, endpoint=endpoint, now=timezone.now())
    browser = cast.login(cast.ada)
    assert "deleted" in browser.get(f"/team/webhooks/{endpoint.pk}/remove/").content.decode()
    browser.post(f"/team/webhooks/{endpoint.pk}/remove/")
    assert (WebhookEndpoint.objects.count(), WebhookDelivery.objects.count()) == (0, 0)
