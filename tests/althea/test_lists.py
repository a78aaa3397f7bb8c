"""Lists are followed to their end, and no list can keep the client for ever."""

import httpx
import pytest

from tests.althea.cast import VOICE, Recorder, client, page
from voices.althea import GarbledAnswerError, UnknownOutcomeError

NEXT = "https://another.example/api/voices?cursor={}"


def voice(name: str, **fields: str) -> dict[str, str]:
    """Make a voice of the account."""
    return {**VOICE, "name": name, **fields}


async def test_filters_that_are_empty_are_left_out() -> None:
    recorder = Recorder(page())
    async with client(recorder) as althea:
        await althea.list_voices(ownership="", search="", provider=(), cursor="")
    assert dict(recorder.request.url.params) == {"pageSize": "100"}


async def test_filters_are_spelt_as_the_contract_does() -> None:
    recorder = Recorder(page())
    async with client(recorder) as althea:
        await althea.list_voices(
            ownership="private",
            search='Ännä & "Co"',
            provider=("eleven_labs", "lmnt"),
            primary_language="de",
            billing_style="VOICE_BILLING_STYLE_EXTERNAL",
            page_size=7,
            cursor="cD00ODY=",
        )
    assert recorder.request.url.params.multi_items() == [
        ("ownership", "private"),
        ("search", 'Ännä & "Co"'),
        ("provider", "eleven_labs"),
        ("provider", "lmnt"),
        ("primaryLanguage", "de"),
        ("billingStyle", "VOICE_BILLING_STYLE_EXTERNAL"),
        ("pageSize", "7"),
        ("cursor", "cD00ODY="),
    ]


async def test_next_page_is_requested_from_the_base_host_only() -> None:
    recorder = Recorder(
        page(voice("A"), next_url=NEXT.format("one%3D")),
        page(voice("B"), next_url=NEXT.format("two")),
        page(voice("C")),
    )
    async with client(recorder) as althea:
        found = await althea.find_by_name("C")
    assert found is not None
    assert found.name == "C"
    assert {request.url.host for request in recorder.requests} == {"app.altheastudio.ai"}
    assert [request.url.params.get("cursor") for request in recorder.requests] == [None, "one=", "two"]
    assert {request.url.params["ownership"] for request in recorder.requests} == {"private"}


@pytest.mark.parametrize("cursors", [["a"], ["a", "a"], ["a", "b", "a"]])
async def test_a_repeated_cursor_ends_the_list(cursors: list[str]) -> None:
    answers = [page(voice("A"), next_url=NEXT.format(cursor)) for cursor in cursors]
    recorder = Recorder(*answers)
    async with client(recorder) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.find_by_name("B")
    assert len(recorder.requests) == len(set(cursors)) + 1


def endless() -> Recorder:
    """Answer with new cursors for ever."""

    class Endless(Recorder):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return page(voice("A"), next_url=NEXT.format(len(self.requests)))

    return Endless()


async def test_a_list_without_end_ends_after_50_pages() -> None:
    recorder = endless()
    async with client(recorder) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.find_by_name("B")
    assert len(recorder.requests) == 50


async def test_a_list_is_left_at_the_voice_looked_for() -> None:
    recorder = endless()
    async with client(recorder) as althea:
        assert await althea.find_by_name("A") is not None
    assert len(recorder.requests) == 1


async def test_find_by_name_takes_the_exact_name_from_any_page() -> None:
    recorder = Recorder(
        page(voice("Anna B"), voice("anna"), next_url=NEXT.format("one")),
        page(voice("Anna", voiceId="wanted")),
    )
    async with client(recorder) as althea:
        found = await althea.find_by_name("Anna")
    assert found is not None
    assert found.voice_id == "wanted"
    assert recorder.requests[0].url.params["search"] == "Anna"
    assert recorder.requests[0].url.params["ownership"] == "private"


async def test_find_by_name_never_takes_a_public_voice() -> None:
    async with client(Recorder(page(voice("Anna", ownership="public")))) as althea:
        assert await althea.find_by_name("Anna") is None


async def test_find_by_name_proves_absence_only_by_a_whole_list() -> None:
    for recorder in (
        endless(),
        Recorder(page(voice("B"), next_url=NEXT.format("a"))),
        Recorder(page(voice("B"), {"name": "no id"}), page()),
        Recorder(page({"name": "no id"}, next_url=NEXT.format("a")), page()),
    ):
        async with client(recorder) as althea:
            with pytest.raises(GarbledAnswerError):
                await althea.find_by_name("Anna")


async def test_find_by_name_fails_as_its_pages_fail() -> None:
    recorder = Recorder(page(voice("B"), next_url=NEXT.format("a")), httpx.Response(500))
    async with client(recorder) as althea:
        with pytest.raises(UnknownOutcomeError):
            await althea.find_by_name("Anna")
