"""A filled database of every release before this one is upgraded by `prepare`, and works."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from tests.library.populated import asked
from tests.upgrades.schema import read_schema
from tests.upgrades.states import KEY, STATES, Rows, upgraded_from
from voices.gateway import unseal
from voices.library.pages import library_page
from voices.management.bootstrap import make_database_ready, require_prepared
from voices.models import Alias, ApiKey, Consent, Membership, Voice

PAGES = ("/", "/keys/", "/consents/", "/team/", "/tags/", "/aliases/", "/clone/", "/admin/voices/voice/")
# These grow with the version, or by the receipt key of whoever runs the tests.
GROWING = {"django_migrations", "django_content_type", "auth_permission", "voices_receiptkey"}


# PostgreSQL reaches a release's state by the same migrations, which takes as long again: the longest way, one from
# between, and the shortest are enough there.
ON_BOTH = (0, len(STATES) // 2, len(STATES) - 1)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, id=state.name[:4], marks=[] if number in ON_BOTH else [pytest.mark.sqlite_only])
        for number, state in enumerate(STATES)
    ],
)
def test_an_upgrade_keeps_all_of_a_release(
    state: Path,
    tmp_path: Path,
    settings: Settings,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    settings.ENCRYPTION_KEYS = [KEY]
    with django_db_blocker.unblock():
        fresh = read_schema()  # of the tests' database, which the squashed migration has made
        with upgraded_from(state, tmp_path) as before:
            make_database_ready()
            require_prepared()
            upgraded = read_schema()
            assert upgraded == fresh
            assert lost_rows(before) == {}
            check_search()
            check_keys(before)
            check_consents(before)
            check_pages()


def lost_rows(before: Rows) -> dict[str, tuple[int, int]]:
    """The number of rows before and now, by table, where it is another one."""
    kept = before.keys() & set(connection.introspection.table_names()) - GROWING
    with connection.cursor() as cursor:
        now = {}
        for table in kept:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  # a table's name
            now[table] = cursor.fetchone()[0]
    return {table: (len(before[table]), now[table]) for table in now if len(before[table]) != now[table]}


def check_search() -> None:
    """Every voice is found by its own name, but for the deleted one and the retired ones."""
    ada = Membership.objects.get(user__email="ada@example.com")
    voices = Voice.objects.all()
    assert len(voices) == 30
    lost = [
        voice.name
        for voice in voices
        if voice.pk not in {one.pk for one in library_page(ada, filters=asked(f"q={voice.name}")).voices}
    ]
    assert lost == [voice.name for voice in voices if voice.deleted_at or voice.stage == "retired"]
    assert len(lost) == 4
    assert Alias.objects.get(name="brand-de").voice is not None


def check_keys(before: Rows) -> None:
    """Every key opens, and is the one that its shown characters name."""
    keys = list(ApiKey.objects.all())
    opened = [unseal(key).reveal() for key in keys]
    assert len(keys) == len(before["voices_apikey"]) == 2
    assert [(key[:8], key[-4:]) for key in opened] == [(key.prefix, key.last4) for key in keys]


def check_consents(before: Rows) -> None:
    """What was stated is stated still, of which recording and by whom, and the voices know it."""
    facts = ("basis", "speaker", "proof")
    was = sorted(tuple(row[fact] for fact in facts) for row in before.get("voices_consent", []))
    assert sorted(Consent.objects.values_list(*facts)) == was
    assert len(set(Consent.objects.values_list("uid", flat=True))) == len(was)
    for consent in Consent.objects.select_related("stated_by", "team"):
        assert (consent.team.name, consent.sent_sha256) == ("Northwind", consent.sample.sent_sha256)
        assert consent.stated_by_name == (consent.stated_by.name if consent.stated_by else "")
    shown = {(voice.consent_id is None, voice.consent_state) for voice in Voice.objects.all()}
    assert shown <= {(False, "recorded"), (True, "missing")}


def check_pages() -> None:
    """The pages answer, and so do those of voices: a cloned one, a deleted one, and one that an alias names."""
    ada = Membership.objects.get(user__email="ada@example.com").user
    browser = Client()
    browser.force_login(ada)
    voices = [
        Voice.objects.exclude(job=None).first(),
        Voice.objects.exclude(deleted_at=None).first(),
        Alias.objects.get(name="brand-de").voice,
    ]
    addresses = [*PAGES, *(f"/voices/{voice.pk}/" for voice in voices if voice)]
    assert {address: browser.get(address).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )
