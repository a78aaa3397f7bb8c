"""Which tokens the API takes, and what it answers to the others."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.web.api.programs import make_token, program, program_with
from voices.kit.api_tokens import make_token as random_token
from voices.models import ApiToken, Membership, Role, Team

VOICES = "/api/v1/voices"


def code_of(answer: object) -> tuple[int, str]:
    """The status and the code of a problem."""
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]  # the test client's


def test_token_reads_and_its_use_is_noted_now_and_then(cast: Cast) -> None:
    token, value = make_token(cast.vera, "read")
    client = program_with(value)
    assert client.get(VOICES).status_code == 200
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    assert client.get(VOICES).status_code == 200
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first is not None


def test_only_the_hash_of_a_token_is_stored(cast: Cast) -> None:
    token, value = make_token(cast.ed)
    row = str(ApiToken.objects.filter(pk=token.pk).values())
    assert value.reveal() not in row
    assert value.reveal()[11:] not in row


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "token_missing"),
        ("Bearer", "token_malformed"),
        ("Bearer vs_short", "token_malformed"),
        ("Basic dXNlcjpwYXNz", "token_malformed"),
        (f"Bearer {'x' * 5_000}", "token_malformed"),
    ],
)
def test_what_is_no_token_is_refused(db: None, header: str, code: str) -> None:
    answer = Client(headers={"Authorization": header} if header else {}).get(VOICES)
    assert code_of(answer) == (401, code)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_made_up_token_is_refused(db: None) -> None:
    assert code_of(program_with(random_token()).get(VOICES)) == (401, "token_unknown")


def test_token_in_the_address_is_refused_even_beside_a_good_one(cast: Cast) -> None:
    _, value = make_token(cast.ed)
    answer = program_with(value).get(VOICES, {"token": value.reveal()})
    assert code_of(answer) == (400, "token_in_address")


def test_session_and_cookies_do_not_authenticate(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    browser.cookies["token"] = make_token(cast.ed)[1].reveal()
    assert code_of(browser.get(VOICES)) == (401, "token_missing")


def test_token_waits_for_the_factor_that_the_team_requires(cast: Cast) -> None:
    _, value = make_token(cast.ed)
    Team.objects.filter(pk=cast.northwind.pk).update(require_second_factor=True)
    assert code_of(program_with(value).get(VOICES)) == (401, "second_factor_missing")
    Authenticator.objects.create(user=cast.ed.user, type="totp", data={})
    assert program_with(value).get(VOICES).status_code == 200


def test_revoked_and_expired_tokens_are_refused(cast: Cast) -> None:
    token, value = make_token(cast.ed)
    mine = ApiToken.objects.filter(pk=token.pk)
    mine.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert code_of(program_with(value).get(VOICES)) == (401, "token_expired")
    mine.update(revoked_at=timezone.now())
    assert code_of(program_with(value).get(VOICES)) == (401, "token_revoked")


def test_token_of_who_left_stays_dead_when_they_return(cast: Cast) -> None:
    client = program(cast.vera)
    Membership.objects.filter(pk=cast.vera.pk).delete()
    assert code_of(client.get(VOICES)) == (401, "token_without_member")
    Membership.objects.create(team=cast.northwind, user=cast.vera.user, role=Role.ADMIN)
    assert code_of(client.get(VOICES)) == (401, "token_without_member")


def test_token_of_a_deactivated_person_is_refused(cast: Cast) -> None:
    client = program(cast.ed)
    cast.ed.user.is_active = False
    cast.ed.user.save()
    assert code_of(client.get(VOICES)) == (401, "token_without_member")


def test_team_token_outlives_the_admin_who_made_it(cast: Cast) -> None:
    client = program(cast.ada, of_team=True)
    Membership.objects.filter(pk=cast.ada.pk).delete()
    assert client.get(VOICES).status_code == 200
