"""Code snippets that developers copy from a voice's page.

Names are untrusted: each language quotes them with its own tools, never by hand. No snippet contains a key.
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
    """A text to copy. `key` names it in the page, `what` in sentences ("the curl command")."""

    key: str
    title: str
    what: str
    text: str
    help: str = ""


def snippets_of(voice: Voice) -> list[Snippet]:
    """Return the snippets for a voice, each complete and with its own server and id."""
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
            "The request body for POST or PATCH /api/agents.",
        ),
    ]


def curl_of(voice: Voice) -> str:
    """Return a command for a POSIX shell that reads the voice."""
    address = shlex.quote(f"{base_url(voice.account.endpoint)}/api/voices/{quote(voice.voice_id, safe='')}")
    return f'curl -sS -H "X-API-Key: $ALTHEA_API_KEY" {address}'


def python_of(voice: Voice) -> str:
    """Return a program that reads the voice with httpx."""
    base = base_url(voice.account.endpoint)
    return PYTHON.format(voice_id=quote(voice.voice_id, safe=""), name=voice.name, base=base)


def agent_of(voice: Voice) -> str:
    """Return an agent that uses the voice by its id, so that renaming the voice does not break it."""
    name = f"Agent with {voice.name}"[:MAX_AGENT_NAME]
    return json.dumps({"name": name, "callTemplate": {"voice": voice.voice_id}}, indent=2, ensure_ascii=False)
