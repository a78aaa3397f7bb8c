"""What developers copy from a voice's page: its id, the alias, and small programs that ask Althea for it.

Names are other people's words: each language quotes them with its own means, never by hand. No key is ever told.
"""

import json
import shlex
from dataclasses import dataclass
from urllib.parse import quote

from voices.gateway import base_url
from voices.models import Voice

MAX_AGENT_NAME = 64
PYTHON = """\
import os

import httpx

VOICE_ID = {voice_id!r}  # {name!r}

answer = httpx.get(
    {base!r} + "/api/voices/" + VOICE_ID,
    headers={{"X-API-Key": os.environ["ALTHEA_API_KEY"]}},
)
answer.raise_for_status()
print(answer.json()["name"])
"""


@dataclass(frozen=True)
class Snippet:
    """One text to copy: `key` names it in the page, `what` in sentences ("the curl command")."""

    key: str
    title: str
    what: str
    text: str
    help: str = ""


def snippets_of(voice: Voice) -> list[Snippet]:
    """The programs that use this voice, each whole and right for its own server and id."""
    return [
        Snippet("curl", "curl", "the curl command", curl_of(voice), "Reads your key from ALTHEA_API_KEY."),
        Snippet(
            "python",
            "Python (httpx)",
            "the Python",
            python_of(voice),
            "Reads your key from ALTHEA_API_KEY.",
        ),
        Snippet(
            "agent",
            "Agent (JSON)",
            "the agent's JSON",
            agent_of(voice),
            "The body of POST or PATCH /api/agents.",
        ),
    ]


def curl_of(voice: Voice) -> str:
    """A command for a POSIX shell that asks for the voice."""
    address = shlex.quote(f"{base_url(voice.account.endpoint)}/api/voices/{quote(voice.voice_id, safe='')}")
    return f'curl -sS -H "X-API-Key: $ALTHEA_API_KEY" {address}'


def python_of(voice: Voice) -> str:
    """A program that asks for the voice with httpx."""
    base = base_url(voice.account.endpoint)
    return PYTHON.format(voice_id=quote(voice.voice_id, safe=""), name=voice.name, base=base)


def agent_of(voice: Voice) -> str:
    """The body that makes an agent speak with the voice, named by its id: a rename does not break it."""
    name = f"Agent with {voice.name}"[:MAX_AGENT_NAME]
    return json.dumps({"name": name, "callTemplate": {"voice": voice.voice_id}}, indent=2, ensure_ascii=False)
