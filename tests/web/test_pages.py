"""What all pages share: the focus after an error, navigation on a 404, files at fixed addresses, compression, CSS."""

import re
from pathlib import Path

import pytest
from django.test import Client

from tests.base import PASSWORD, Cast
from tests.builders import make_account, make_job, make_key, make_order, make_sample, make_voice
from voices.models import Alias, State
from voices.web.setup import setup_token
from voices.web.voice.details import recording_facts

STYLES = Path(__file__).resolve().parents[2] / "static" / "css"


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


# --- focus ------------------------------------------------------------------------------------------------


def focused(page: bytes) -> str:
    """Return the tag that gets the focus: the first in the document with `autofocus`."""
    found = re.search(r"<[a-z][^>]*\sautofocus[\s>=][^>]*", page.decode())
    return found[0] if found else ""


@pytest.mark.django_db
def test_setup_form_focuses_the_first_error() -> None:
    page = Client().post(f"/setup/{setup_token()}/", {"name": "Ada", "team": "Northwind"}).content
    assert 'name="email"' in focused(page)
    assert page.count(b" autofocus") == 1


def test_key_forms_focus_the_first_error(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed)
    for url in ("/keys/add/", f"/keys/{key.pk}/replace/"):
        assert 'name="key"' in focused(ed.post(url).content)


def test_forms_of_aliases_and_tags_focus_their_error(ed: Client, cast: Cast) -> None:
    order, voice = make_order(cast.ed, make_voice(cast.ed)), make_voice(cast.ed, name="Sora")
    posts = {
        "/aliases/new/": {"voice": voice.pk, "name": "!"},
        f"/aliases/{order.alias.pk}/rename/": {"name": "!"},
        f"/tags/{order.tag.pk}/rename/": {"name": ""},
        f"/voices/{voice.pk}/aliases/": {"name": "!"},
        f"/voices/{voice.pk}/tags/": {"tags": "y" * 41},
        f"/voices/{voice.pk}/notes/": {"note": "x" * 50_000, "seen": ""},
    }
    found = {url: focused(ed.post(url, form).content) for url, form in posts.items()}
    assert {
        url for url, tag in found.items() if not re.search('aria-invalid="true"|role="alert"', tag)
    } == set()


def test_password_form_focuses_the_first_error(ed: Client) -> None:
    page = ed.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "", "password2": ""})
    assert 'name="password1"' in focused(page.content)


def test_clone_and_edit_forms_focus_the_list_of_errors(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, account=make_key(cast.ed).account)
    for url in ("/clone/", f"/voices/{voice.pk}/edit/"):
        assert 'id="form-errors"' in focused(ed.post(url, {"name": "", "complete": "1"}).content)


# --- addresses --------------------------------------------------------------------------------------------


def test_unknown_address_shows_navigation_to_members_only(ed: Client) -> None:
    for browser, has_navigation in ((ed, True), (Client(), False)):
        answer = browser.get("/nowhere/")
        assert answer.status_code == 404
        assert (b'aria-label="Main"' in answer.content) is has_navigation


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/robots.txt", "text/plain"),
        ("/favicon.ico", "image/x-icon"),
        ("/apple-touch-icon.png", "image/png"),
        ("/icon-512.png", "image/png"),
        ("/manifest.json", "application/json"),
    ],
)
def test_files_at_fixed_addresses_need_no_login(path: str, kind: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, kind)


# --- compression ------------------------------------------------------------------------------------------


def test_two_compressed_pages_share_no_token(ed: Client) -> None:
    """What a stranger could measure must not stay the same: the CSRF token is masked anew each time."""
    pages = [ed.get("/").content.decode() for _ in range(2)]
    tokens = [set(re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', page)) for page in pages]
    assert tokens[0]
    assert not tokens[0] & tokens[1]


# --- deleting and creating ----------------------------------------------------------------------------------


def test_lengths_and_sizes_are_told_in_one_way(cast: Cast) -> None:
    sample = make_sample(cast.ed, seconds=32.77, size_bytes=2_890_056, rate=44_100)
    assert recording_facts(sample, None) == "speech.wav · 32 seconds · WAV · 44.1 kHz mono · 2.9 MB"
    job = make_job(cast.ed, state=State.FAILED, sample=sample)
    page = cast.login(cast.ed).get("/clone/", {"again": str(job.pk)}).content.decode()
    assert "32 seconds · WAV · 44.1 kHz mono · 2.9 MB" in page


def test_created_clone_offers_another(ed: Client, cast: Cast) -> None:
    job = make_job(cast.ed, state=State.CREATED)
    make_voice(cast.ed, job=job)
    assert 'id="job-another"' in ed.get(f"/clones/{job.pk}/").content.decode()
    failed = make_job(cast.ed, state=State.FAILED, name="Other")
    assert 'id="job-another"' not in ed.get(f"/clones/{failed.pk}/").content.decode()


def test_deletion_page_offers_to_move_the_alias(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, account=make_account())
    alias = make_order(cast.ed, voice).alias
    page = ed.get(f"/voices/{voice.pk}/delete/").content.decode()
    assert f'href="/aliases/{alias.pk}/move/"' in page
    assert Alias.objects.get().voice == voice


# --- style sheets -------------------------------------------------------------------------------------------

# Components for all pages; the admin site's own; the same thing in two files, or in files that no page loads together.
COMPONENTS = {"base.css", "parts.css", "admin.css"}
SHARED = {"tags", "voice-head"}


def bare_classes(css: str) -> set[str]:
    """Return the classes that have a rule of their own outside of any other rule."""
    depth, found = list[str](), set[str]()
    for part, mark in re.findall(r"([^{};]*)([{};])", css):
        if mark == "}":
            depth.pop()
        elif mark == "{":
            if not [one for one in depth if not one.startswith("@")]:
                found |= set(re.findall(r"(?:^|,)\s*\.([\w-]+)\s*(?=,|$)", part.strip()))
            depth.append(part.strip())
    return found


def test_no_class_means_two_things_in_two_style_sheets() -> None:
    """A page's class is no other page's class, and does not qualify another one's (`.row.chosen`)."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in STYLES.glob("*.css")}
    sheets = {name: re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL) for name, css in texts.items()}
    rules = {name: bare_classes(css) for name, css in sheets.items() if name not in COMPONENTS}
    used = {name: set(re.findall(r"(?:&|\.[\w-]+)\.([\w-]+)", css)) for name, css in sheets.items()}
    wrong = {
        (one, other): sorted((rules[one] & (rules.get(other, set()) | used[other])) - SHARED)
        for one in rules
        for other in sheets
        if one != other
    }
    assert {place: names for place, names in wrong.items() if names} == {}
