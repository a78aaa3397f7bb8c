"""Voices that really are at a running sandbox, and the keys and rows that stand for them here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests import loopback
from tests.builders import make_account, make_key, make_voice
from tests.sandbox.live import LiveSandbox
from tests.sounds import speech_wav
from voices import althea
from voices.actions.voice.upsert import voice_columns
from voices.models import AltheaAccount, ApiKey, Membership, Voice

ONE_VOICE = "/api/voices/[^/]+"


@dataclass
class Living:
    """One account of the sandbox, as its key opens it; set SANDBOX_URL to the sandbox's address."""

    sandbox: LiveSandbox
    secret: str
    account: AltheaAccount

    @contextmanager
    def asking(self) -> Iterator[httpx.Client]:
        """A client of somebody who uses Althea without Voice Studio."""
        headers = {"X-API-Key": self.secret}
        with loopback.client(base_url=self.sandbox.url, headers=headers, timeout=20) as opened:
            yield opened

    def key(self, member: Membership, **facts: Any) -> ApiKey:
        """That person's own stored key of the account."""
        return make_key(member, secret=self.secret, account=self.account, **facts)

    def voice(self, member: Membership, name: str = "Marlene", **facts: Any) -> Voice:
        """A clone at the sandbox, and its row in the member's library."""
        form = {"name": name, "description": "Calm, and close", "language": "en-US"}
        with self.asking() as http:
            file = ("a.wav", speech_wav(seconds=12), "audio/wav")
            told = http.post("/api/voices", data=form, files={"file": file}).raise_for_status().json()
        upstream = althea.Voice.from_json(told)
        return make_voice(
            member, account=self.account, voice_id=upstream.voice_id, **voice_columns(upstream) | facts
        )

    def told(self, voice: Voice) -> dict[str, Any] | None:
        """The voice as the sandbox tells it; None where it is gone."""
        with self.asking() as http:
            answer = http.get(f"/api/voices/{voice.voice_id}")
        return answer.json() if answer.is_success else None

    def change(self, voice: Voice, **changes: Any) -> None:
        """Changes the voice outside Voice Studio."""
        with self.asking() as http:
            http.patch(f"/api/voices/{voice.voice_id}", json=changes).raise_for_status()

    def agent(self, name: str, *, voice: str, **template: Any) -> str:
        """An agent of the account that names a voice, by its id or its name; its own id."""
        with self.asking() as http:
            body = {"name": name, "callTemplate": {"voice": voice, **template}}
            return str(http.post("/api/agents", json=body).raise_for_status().json()["agentId"])

    def change_agent(self, agent_id: str, **template: Any) -> None:
        """Changes the agent outside Voice Studio."""
        with self.asking() as http:
            body = {"callTemplate": template}
            http.patch(f"/api/agents/{agent_id}", json=body).raise_for_status()

    def delete_agent(self, agent_id: str) -> None:
        """Deletes the agent outside Voice Studio."""
        with self.asking() as http:
            http.delete(f"/api/agents/{agent_id}").raise_for_status()

    def templates(self) -> dict[str, dict[str, Any]]:
        """The call template of each agent, by the agent's name."""
        with self.asking() as http:
            page = http.get("/api/agents", params={"pageSize": 200}).raise_for_status().json()
        return {agent["name"]: agent["callTemplate"] for agent in page["results"]}

    def call(self, voice: Voice, *, days_ago: int, count: int) -> None:
        """Has the voice used in calls of that day."""
        body = {"voiceId": voice.voice_id, "count": count, "seconds": 60, "daysAgo": days_ago}
        loopback.post(f"{self.sandbox.url}/_sandbox/calls", json=body).raise_for_status()

    def delete(self, voice: Voice) -> None:
        """Deletes the voice outside Voice Studio."""
        with self.asking() as http:
            http.delete(f"/api/voices/{voice.voice_id}").raise_for_status()


def open_account(sandbox: LiveSandbox) -> Living:
    """A fresh account of the sandbox."""
    secret = sandbox.key()
    with loopback.client(base_url=sandbox.url, headers={"X-API-Key": secret}) as http:
        told = http.get("/api/accounts/me").raise_for_status().json()
    return Living(sandbox, secret, make_account(account_id=told["accountId"], name=told["name"]))
