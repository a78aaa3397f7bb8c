"""One message to one endpoint, over real sockets: where it may go, and how little of an answer is taken."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.webhooks.receiver import Receiver, Reply, receiving
from voices.althea import new_http
from voices.kit.secret import Secret
from voices.webhooks.sending import (
    KEPT_LETTERS,
    NO_ADDRESS,
    NOT_HTTPS,
    NOT_PUBLIC,
    REDIRECTED,
    Answer,
    ForbiddenAddressError,
    checked_url,
    send,
)
from voices.webhooks.signing import make_secret, signed_headers

# From https://github.com/standard-webhooks/standard-webhooks: a secret, a message and its signature.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


async def post(url: str, **options: Any) -> Answer:
    async with new_http() as http:
        return await send(http.plain, url=url, headers={"webhook-id": "msg_1"}, body="{}", **options)


def resolving(*addresses: str) -> Any:
    async def resolve(host: str) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize(
    ("url", "addresses", "problem"),
    [
        ("https://hooks.example/a", ["10.0.0.7"], NOT_PUBLIC),
        ("https://hooks.example/a", ["127.0.0.1"], NOT_PUBLIC),
        ("https://hooks.example/a", ["169.254.169.254"], NOT_PUBLIC),
        ("https://hooks.example/a", ["8.8.8.8", "192.168.1.1"], NOT_PUBLIC),
        ("https://hooks.example/a", ["::ffff:10.0.0.1"], NOT_PUBLIC),
        ("https://hooks.example/a", ["fd00::1"], NOT_PUBLIC),
        ("https://127.0.0.1/a", [], NOT_PUBLIC),
        ("https://[::1]/a", [], NOT_PUBLIC),
        ("https://hooks.example/a", [], NO_ADDRESS),
        ("http://hooks.example/a", ["8.8.8.8"], NOT_HTTPS),
        ("https://hooks.example:22/a", ["8.8.8.8"], NOT_HTTPS),
    ],
)
async def test_nothing_is_sent_to_a_private_address(url: str, addresses: list[str], problem: str) -> None:
    answer = await post(url, resolve=resolving(*addresses))
    assert (answer.status, answer.problem) == (None, problem)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hooks.example",
        "ftp://hooks.example",
        "https://",
        "https://a:b@hooks.example",
        f"https://x/{'a' * 500}",
    ],
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        checked_url(text, allows_loopback=True)


async def test_this_machine_is_for_development_only(receiver: Receiver) -> None:
    assert (await post(receiver.url)).problem == NOT_HTTPS
    assert (await post(receiver.url, allows_loopback=True)).status == 200
    assert len(receiver.requests) == 1


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.replies = [Reply(status=302, body=b"", location="http://169.254.169.254/latest/")]
    answer = await post(receiver.url, allows_loopback=True)
    assert (answer.status, answer.problem, len(receiver.requests)) == (302, REDIRECTED, 1)


async def test_a_huge_answer_is_read_to_64_kilobytes(receiver: Receiver) -> None:
    receiver.replies = [Reply(status=500, body=b"x" * 10_000_000)]
    answer = await post(receiver.url, allows_loopback=True)
    assert (answer.status, answer.text) == (500, "x" * KEPT_LETTERS)
    assert answer.problem == "It responded with status 500."


async def test_an_endpoint_that_hangs_is_given_up(receiver: Receiver) -> None:
    receiver.replies = [Reply(hangs=True)]
    start = time.monotonic()
    answer = await post(receiver.url, allows_loopback=True, seconds=0.3)
    assert (answer.status, answer.is_success) == (None, False)
    assert answer.problem.startswith("No response within")
    assert 0.3 <= time.monotonic() - start < 5


async def test_an_answer_is_kept_as_plain_text(receiver: Receiver) -> None:
    receiver.replies = [Reply(body=b"\x00<b>caf\xc3\xa9\xff\x1b[31m")]
    answer = await post(receiver.url, allows_loopback=True)
    assert answer.text == " <b>café\N{REPLACEMENT CHARACTER} [31m"


def test_signature_is_that_of_the_published_example() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers(
        [Secret(SECRET), make_secret()],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=at,
        body='{"test": 2432232314}',
    )
    first, second = headers["webhook-signature"].split(" ")
    assert first == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (second[:3], headers["webhook-timestamp"]) == ("v1,", "1614265330")
