"""The keys page: tested before stored, each outcome in its own words, one default, and never a value again."""

from collections.abc import Iterator
from html import escape

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_key, make_voice
from tests.web.canary import CANARY, OTHER, Upstream, serving
from tests.web.routes import NOWHERE
from voices import gateway
from voices.models import ApiKey, AuditEntry, KeyState, Voice


@pytest.fixture
def upstream(settings: Settings) -> Iterator[Upstream]:
    stand_in = Upstream()
    with serving(stand_in) as url:
        settings.ALTHEA_URL = settings.SANDBOX_URL = url
        yield stand_in


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def add(browser: Client, key: str = CANARY, **fields: str) -> HttpResponse:
    answer: HttpResponse = browser.post(
        "/keys/add/", {"key": key, "endpoint": "althea", "unusual": "1"} | fields
    )
    return answer


def told(answer: HttpResponse) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def test_keys_page_stores_a_working_key_sealed(ed: Client, cast: Cast, upstream: Upstream) -> None:
    answer = add(ed, label="  Mine\t ")
    key = ApiKey.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, "/keys/")
    assert "Key “Mine” works. It belongs to the account Northwind voices" in told(answer)
    assert (key.owner, key.label, key.state, key.is_default) == (cast.ed.user, "Mine", KeyState.OK, True)
    assert (key.shown, key.account.name, key.account.allowed_voices) == (
        "Cn4ryK3y…k<9>",
        "Northwind voices",
        9,
    )
    assert key.checked_at is not None
    assert gateway.unseal(key).reveal() == CANARY
    assert AuditEntry.objects.get().verb == "key.added"


def test_keys_page_refuses_a_bad_key_beside_its_field(ed: Client, upstream: Upstream) -> None:
    upstream.refused = {CANARY}
    answer = add(ed, label="Mine")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Althea refused this key, so it wasn&#x27;t saved" in page
    assert 'aria-invalid="true"' in page
    assert 'value="Mine"' in page
    assert not ApiKey.objects.exists()


def test_keys_page_stores_an_untested_key_and_says_so(ed: Client, settings: Settings) -> None:
    settings.ALTHEA_URL = NOWHERE
    answer = add(ed)
    key = ApiKey.objects.get()
    assert "saved, but it couldn't be tested: Can't reach Althea." in told(answer)
    assert (key.state, key.account, key.can_clone) == (KeyState.UNKNOWN, None, False)
    assert "Can&#x27;t reach Althea." in ed.get("/keys/").content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Paste the key first."),
        (" \n ", "Paste the key first."),
        ("hello", "This is too short for an Althea key"),
        ("two words", "This isn&#x27;t a key"),
        ("schlüssel", "This isn&#x27;t a key"),
        ("a\x00b", ""),
        ("line\nbreak", "This isn&#x27;t a key"),
        ("x" * 201, "This isn&#x27;t a key"),
    ],
)
def test_malformed_key_is_never_sent(ed: Client, upstream: Upstream, typed: str, sentence: str) -> None:
    answer = add(ed, typed)
    assert (answer.status_code, upstream.seen) == (422, [])
    assert sentence in answer.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "typed", ["aBCDef.123456", "sk-" + "x" * 40, "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4s"]
)
def test_unusual_key_is_stored_only_after_confirmation(ed: Client, settings: Settings, typed: str) -> None:
    settings.ALTHEA_URL = NOWHERE
    answer = ed.post("/keys/add/", {"key": typed, "label": "Mine"})
    page = " ".join(answer.content.decode().split())
    assert (answer.status_code, typed in page) == (422, False)
    assert "This doesn&#x27;t look like an Althea key" in page
    assert "Paste the key again: for your safety it isn&#x27;t shown after an error." in page.replace(
        "'", "&#x27;"
    )
    assert 'name="unusual"' in page
    assert 'value="Mine"' in page
    assert not ApiKey.objects.exists()
    assert ed.post("/keys/add/", {"key": typed, "label": "Mine", "unusual": "1"}).status_code == 303
    assert gateway.unseal(ApiKey.objects.get()).reveal() == typed


def test_key_of_the_usual_shape_needs_no_confirmation(ed: Client, settings: Settings) -> None:
    settings.ALTHEA_URL = NOWHERE
    assert b'name="unusual"' not in ed.get("/keys/").content
    usual = {"key": "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT"}
    assert ed.post("/keys/add/", usual).status_code == 303


def test_keys_without_a_label_can_be_told_apart(ed: Client, upstream: Upstream, settings: Settings) -> None:
    upstream.accounts[OTHER] = "first"
    add(ed, CANARY)
    add(ed, OTHER)
    settings.ALTHEA_URL = NOWHERE
    add(ed, CANARY)
    add(ed, CANARY)
    labels = list(ApiKey.objects.order_by("created_at").values_list("label", flat=True))
    assert labels == ["Northwind voices", "Northwind voices 2", "Althea", "Althea 2"]
    ed.post(f"/keys/{ApiKey.objects.get(label='Althea 2').pk}/label/", {"label": "northwind voices"})
    assert ApiKey.objects.filter(label="northwind voices 3").exists()
    page = ed.get("/keys/").content.decode()
    assert 'aria-label="Test now: Althea (Cn4ryK3y…k&lt;9&gt;)"' in page


def test_sandbox_key_is_offered_on_the_clone_page(ed: Client, upstream: Upstream, settings: Settings) -> None:
    assert "Try it with a sandbox key" in ed.get("/clone/").content.decode()
    upstream.knows_all = True
    assert ed.post("/keys/sandbox/", {"next": "clone"})["Location"] == "/clone/"
    assert "sandbox key" not in ed.get("/clone/").content.decode()
    ApiKey.objects.all().delete()
    settings.SANDBOX = False
    assert "sandbox key" not in ed.get("/clone/").content.decode()


def test_key_field_is_empty_after_an_error(ed: Client, upstream: Upstream) -> None:
    page = add(ed, "not a key at all").content.decode()
    assert "not a key at all" not in page
    assert 'type="password"' in page
    assert 'autocomplete="off"' in page


def test_keys_page_offers_the_sandbox_only_if_it_is_on(
    ed: Client, settings: Settings, upstream: Upstream
) -> None:
    assert "sandbox" in ed.get("/keys/").content.decode().lower()
    settings.SANDBOX = False
    assert "sandbox" not in ed.get("/keys/").content.decode().lower()
    assert ed.post("/keys/sandbox/").status_code == 404
    assert add(ed, endpoint="sandbox").status_code == 422
    assert not ApiKey.objects.exists()


def test_keys_page_creates_a_sandbox_key(ed: Client, settings: Settings) -> None:
    settings.SANDBOX_URL = NOWHERE
    assert ed.post("/keys/sandbox/").status_code == 303
    assert ApiKey.objects.get().prefix.startswith("sb")


def test_key_test_shows_works_refused_or_unreachable(
    ed: Client, upstream: Upstream, settings: Settings
) -> None:
    add(ed)
    url = f"/keys/{ApiKey.objects.get().pk}/test/"
    assert "works" in told(ed.post(url))
    upstream.refused = {CANARY}
    assert "Althea refused the key “Northwind voices”. Replace it with a working one." in told(ed.post(url))
    assert ApiKey.objects.get().state == KeyState.REFUSED
    open_url, settings.ALTHEA_URL = settings.ALTHEA_URL, NOWHERE
    answer = ed.post(url)
    message = "Key “Northwind voices” couldn't be tested: Can't reach Althea. Test it again later."
    assert told(answer).endswith(message)
    assert "Althea refused this key" in ed.get("/keys/").content.decode()  # why it is refused stays
    settings.ALTHEA_URL, upstream.refused = open_url, set()
    assert "works" in told(ed.post(url))
    settings.ALTHEA_URL = NOWHERE
    assert "couldn't be tested" in told(ed.post(url))
    assert ApiKey.objects.get().state == KeyState.OK


def test_keys_page_changes_the_default_key(ed: Client, upstream: Upstream) -> None:
    add(ed, CANARY, label="First")
    add(ed, OTHER, label="Second")
    assert ApiKey.objects.get(is_default=True).label == "First"
    second = ApiKey.objects.get(label="Second")
    ed.post(f"/keys/{second.pk}/default/")
    assert ApiKey.objects.get(is_default=True) == second
    ed.post(f"/keys/{second.pk}/remove/")
    assert ApiKey.objects.get(is_default=True).label == "First"


def test_a_label_is_changed_and_an_empty_one_is_not(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed)
    ed.post(f"/keys/{key.pk}/label/", {"label": " Our\u202e own "})
    assert ApiKey.objects.get().label == "Our own"
    assert "Enter a label." in told(ed.post(f"/keys/{key.pk}/label/", {"label": " \u200b"}))
    answer = ed.post(f"/keys/{key.pk}/label/", {"label": "y" * 61})
    assert "This has 61 characters. The limit is 60. The label wasn't changed." in told(answer)
    assert ApiKey.objects.get().label == "Our own"
    ed.post(f"/keys/{key.pk}/label/", {"label": "🎙" * 60})
    assert ApiKey.objects.get().label == "🎙" * 60


def test_a_key_is_replaced_only_by_one_of_the_same_account(ed: Client, upstream: Upstream) -> None:
    add(ed)
    key = ApiKey.objects.get()
    url = f"/keys/{key.pk}/replace/"
    assert escape(key.shown) in ed.get(url).content.decode()
    refused = ed.post(url, {"key": OTHER, "unusual": "1"})
    assert refused.status_code == 422
    assert "Add it as a new key instead." in refused.content.decode()
    assert gateway.unseal(ApiKey.objects.get()).reveal() == CANARY
    upstream.accounts[OTHER] = "first"
    assert ed.post(url, {"key": OTHER, "unusual": "1"}).status_code == 303
    assert gateway.unseal(ApiKey.objects.get()).reveal() == OTHER
    assert ApiKey.objects.get().last4 == OTHER[-4:]


def test_an_empty_replacement_says_what_is_missing(ed: Client, cast: Cast) -> None:
    answer = ed.post(f"/keys/{make_key(cast.ed).pk}/replace/")
    assert answer.status_code == 422
    assert "Paste the key first." in answer.content.decode()


def test_key_removal_confirms_and_names_consequences(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed, label="Old one")
    make_voice(cast.ed, account=key.account, steward=key)
    make_voice(cast.ed, account=key.account, steward=key, deleted_at=timezone.now())
    url = f"/keys/{key.pk}/remove/"
    page = ed.get(url).content.decode()
    assert "Old one" in page
    assert "1 voice" in page
    assert ApiKey.objects.owned_by(cast.ed.user).exists()
    assert ed.post(url).status_code == 303
    gone = ApiKey.objects.get()
    assert (gone.state, bytes(gone.sealed), Voice.objects.get(deleted_at=None).steward) == (
        KeyState.REMOVED,
        b"",
        None,
    )
    assert "Old one" not in ed.get("/keys/").content.decode().replace("Key “Old one” deleted", "")
    assert ed.post(url).status_code == 404


def test_key_removal_passes_voices_to_another_key(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed)
    heir = make_key(cast.ed, account=key.account)
    make_voice(cast.ed, account=key.account, steward=key)
    ed.post(f"/keys/{key.pk}/remove/")
    assert Voice.objects.get().steward == heir


def test_keys_page_hides_keys_of_other_people(cast: Cast) -> None:
    make_key(cast.ed, label="Eds own")
    for who in (cast.ada, cast.vera, cast.sam):
        assert "Eds own" not in cast.login(who).get("/keys/").content.decode()
