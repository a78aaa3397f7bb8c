"""Uploads of programs: admitted by the token before their body is read."""

import pytest

from tests.base import Cast
from tests.web.api.programs import make_token
from tests.web.test_guard import decide
from voices.kit.secret import Secret
from voices.models import ApiToken
from voices.web.api.admission import admit
from voices.web.guard import Refusal


def outcome(value: str | Refusal) -> tuple[int, str] | str:
    """The status and code of a refusal; the sender's name else."""
    return (value.status, value.code) if isinstance(value, Refusal) else value


def test_only_a_live_token_that_may_clone_is_admitted(cast: Cast) -> None:
    token, value = make_token(cast.ed, "clone")
    assert admit(value) == token.digest
    assert outcome(admit(Secret(""))) == (401, "token_missing")
    assert outcome(admit(make_token(cast.ed, "read")[1])) == (403, "forbidden")
    assert outcome(admit(make_token(cast.vera)[1])) == (403, "forbidden")
    assert outcome(admit(make_token(cast.ada, of_team=True)[1])) == (403, "forbidden")
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=token.created_at)
    assert outcome(admit(value)) == (401, "token_revoked")


@pytest.mark.parametrize(
    ("path", "size", "status", "code"),
    [
        ("/api/v1/voices", b"9000000", 401, "token_missing"),
        ("/api/v1/voices", b"9000000000", 413, "too_large"),
        ("/api/v1/voices/x/tags", b"16001", 413, "too_large"),
        ("/api/v1/voices", b"many", 400, "unreadable"),
    ],
)
async def test_guard_refuses_programs_with_a_problem(path: str, size: bytes, status: int, code: str) -> None:
    answer = await decide("POST", path, content_length=size)
    assert (answer[0], answer[1][b"content-type"]) == (status, b"application/problem+json")
    assert f'"code": "{code}"' in answer[2]


async def test_guard_takes_no_session_for_the_uploads_of_programs() -> None:
    session = b"sessionid=abc123"
    assert (await decide("POST", "/api/v1/voices", cookie=session, content_length=b"9000000"))[0] == 401
