"""The MCP server, asked by the official client in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import mcp
from mcp_types import AudioContent, CallToolResult, TextContent

from tests.cli.answers import BUSY, Script, ok, page, refused
from voices.cli.agents import build_server

READING = {
    "find_voices", "get_voice", "resolve_alias", "list_aliases", "where_used", "get_preview", "consent_statements",
    "job_status",
}  # fmt: skip
OWN = {"consent": "own", "statement": "en.1"}
RUNNING = {"id": "j", "state": "sending", "isRunning": True, "sentence": "Being sent.", "voiceId": None}


@asynccontextmanager
async def agent(script: Script, recordings: Path | None = None) -> AsyncIterator[mcp.Client]:
    """An agent that is connected to the server."""
    async with mcp.Client(build_server(script.client(), recordings)) as client:
        yield client


def text_of(result: CallToolResult) -> str:
    """What the agent reads."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_tools_say_what_they_do_to_the_voices(tmp_path: Path) -> None:
    async with agent(Script([]), tmp_path) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    hints = {name: tool.annotations for name, tool in tools.items() if tool.annotations}
    assert {name for name, hint in hints.items() if hint.read_only_hint} == READING
    assert {name for name, hint in hints.items() if hint.destructive_hint} == {"set_stage", "set_tags"}
    assert hints.keys() == {*READING, "set_stage", "set_tags", "clone_voice"}
    assert all(tool.description for tool in tools.values())
    assert all("dry_run" in tools[name].input_schema["properties"] for name in hints.keys() - READING)


async def test_find_voices_answers_structured() -> None:
    script = Script([page({"id": "a", "name": "Ada"}, total=1)])
    async with agent(script) as client:
        found = await client.call_tool(
            "find_voices", {"text": "warm", "filters": {"stage": ["draft"]}, "limit": 5}
        )
    assert found.structured_content == {
        "next": None, "previous": None, "results": [{"id": "a", "name": "Ada"}], "total": 1,
    }  # fmt: skip
    assert script.requests[0].url.query == b"search=warm&stage=draft&pageSize=5&includeTotal=true"


async def test_problems_are_told_in_the_apis_words() -> None:
    script = Script(
        [refused(403, detail="This token does not have the scope “manage”.", what_to_do="Ask an admin.")]
    )
    async with agent(script) as client:
        found = await client.call_tool("set_stage", {"voice_id": "a", "stage": "approved"})
    assert (found.is_error, found.structured_content) == (True, None)
    assert text_of(found).endswith("This token does not have the scope “manage”.\nAsk an admin.")


async def test_an_unknown_filter_is_no_other_search() -> None:
    async with agent(Script([])) as client:
        found = await client.call_tool("find_voices", {"filters": {"lang": ["de"]}})
    assert (found.is_error, "There is no filter lang" in text_of(found)) == (True, True)


async def test_preview_is_sound() -> None:
    async with agent(
        Script([httpx.Response(200, content=b"RIFF", headers={"Content-Type": "audio/wav"})])
    ) as client:
        (sound,) = (await client.call_tool("get_preview", {"voice_id": "a"})).content
    assert isinstance(sound, AudioContent)
    assert (sound.mime_type, sound.data) == ("audio/wav", "UklGRg==")


async def test_dry_run_asks_the_api_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "take.wav").write_bytes(b"RIFF")
    script = Script([ok(**RUNNING), ok(id="a"), ok(id="a")])
    async with agent(script, tmp_path) as client:
        cloned = {"file": "take.wav", "name": "Ada", "consent": OWN, "dry_run": True}
        await client.call_tool("clone_voice", cloned)
        await client.call_tool("set_stage", {"voice_id": "a", "stage": "draft", "dry_run": True})
        await client.call_tool("set_tags", {"voice_id": "a", "tags": ["Ads"], "dry_run": True})
    assert [(one.method, one.url.query) for one in script.requests] == [
        ("POST", b"dryRun=true"), ("PUT", b"dryRun=true"), ("PUT", b"dryRun=true"),
    ]  # fmt: skip
    assert all(
        part in script.bodies[0] for part in (b'name="agreed"\r\n\r\ntrue', b'name="statement"\r\n\r\nen.1')
    )


async def test_clone_reads_only_the_folder_of_recordings(tmp_path: Path) -> None:
    folder, secret = tmp_path / "recordings", tmp_path / "secret.wav"
    folder.mkdir()
    secret.write_bytes(b"RIFF")
    (folder / "link.wav").symlink_to(secret)
    async with agent(Script([]), folder) as client:
        for file in ("../secret.wav", str(secret), "link.wav", "missing.wav", "."):
            found = await client.call_tool("clone_voice", {"file": file, "name": "Ada", "consent": OWN})
            assert (found.is_error, "no such file" in text_of(found)) == (True, True)


async def test_without_a_folder_nothing_can_be_cloned() -> None:
    async with agent(Script([])) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
    assert "clone_voice" not in tools


async def test_job_status_waits_until_the_clone_has_ended() -> None:
    ended = RUNNING | {"state": "created", "isRunning": False, "voiceId": "v"}
    script = Script([ok(**RUNNING), httpx.Response(503, json=BUSY), ok(**ended)])
    async with agent(script) as client:
        found = await client.call_tool("job_status", {"job_id": "j", "wait_seconds": 50})
    assert found.structured_content == ended
    assert script.pauses == [2.0, 1.0]
