"""The command line and the MCP server as processes of their own, against the running studio."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import mcp
from mcp_types import AudioContent

from tests.running_studio import EMAIL, ROOT, RunningStudio
from tests.sounds import speech_wav

COMMAND = ("-m", "voices.cli")
MAKE_TOKEN = f"""
from datetime import timedelta
from django.utils import timezone
from voices.actions.tokens.store import make_api_token
from voices.models import Membership
now = timezone.now()
print(make_api_token(
    member=Membership.objects.get(user__email="{EMAIL}"), name="CI", scopes=["read", "clone", "manage"],
    expires_at=now + timedelta(days=1), now=now,
)[1].reveal())
"""


async def run(environment: dict[str, str], *arguments: str) -> str:
    """What a command prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *COMMAND, *arguments, cwd=ROOT, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    return out.decode()


async def test_commands_and_agents_clone_find_and_play(studio: RunningStudio, tmp_path: Path) -> None:
    (tmp_path / "take.wav").write_bytes(speech_wav(seconds=12))
    token = studio.manage("shell", "-c", MAKE_TOKEN).strip().splitlines()[-1]
    environment = {"VOICESTUDIO_URL": studio.url, "VOICESTUDIO_TOKEN": token}
    made = ("clone", str(tmp_path / "take.wav"), "--name", "From a script", "--consent", "made", "--json")
    assert json.loads(await run(environment, *made, "--dry-run"))["isRunning"]
    job = json.loads(await run(environment, *made, "--wait"))
    assert (await run(environment, "search", "script", "--quiet")).split() == [job["voice"]]
    await run(environment, "play", job["voice"], "--output", str(tmp_path / "preview"))
    assert (tmp_path / "preview").stat().st_size > 10_000
    await _as_agent(environment, tmp_path, token)


async def _as_agent(environment: dict[str, str], folder: Path, token: str) -> None:
    """The same by the official client, with the server over standard input and output."""
    arguments = [*COMMAND, "mcp", "--recordings", str(folder)]
    server = mcp.StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT, env=environment)
    async with mcp.Client(server) as agent:

        async def call(tool: str, **given: Any) -> Any:
            result = await agent.call_tool(tool, given)
            assert not result.is_error, result.content
            return result.structured_content

        clone = {"file": "take.wav", "name": "From an agent", "consent": {"consent": "made"}}
        await call("clone_voice", **clone, dry_run=True)
        job = await call("clone_voice", **clone)
        job = await call("job_status", job_id=job["id"], wait_seconds=50)
        tagged = await call("set_tags", voice_id=job["voice"], tags=["Robots"])
        found = await call("find_voices", filters={"tag": ["robots"]})
        assert [one["id"] for one in found["results"]] == [tagged["id"]]
        (sound,) = (await agent.call_tool("get_preview", {"voice_id": tagged["id"]})).content
        assert isinstance(sound, AudioContent)
        assert token not in str(await agent.list_tools())
