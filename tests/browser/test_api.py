"""A program's way into a running studio: the token is made on the page, the client from the OpenAPI document."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import loopback
from tests.browser.conftest import Visit
from tests.running_studio import RunningStudio
from tests.sounds import speech_wav

PROGRAM = """
import json, sys, time
from pathlib import Path
from studio_client import AuthenticatedClient
from studio_client.api.clones import get_job, list_statements
from studio_client.api.voices import clone_voice, get_preview, list_voices
from studio_client.models import CloneVoiceBody, CloneVoiceBodyAgreed, CloneVoiceBodyConsent
from studio_client.types import File

url, token, recording = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
statement = list_statements.sync(client=client).results[0]
with Path(recording).open("rb") as stream:
    body = CloneVoiceBody(
        file=File(payload=stream, file_name="me.wav", mime_type="audio/wav"), name="Generated", language="en-US",
        consent=CloneVoiceBodyConsent.OWN, statement=statement.reference, agreed=CloneVoiceBodyAgreed.TRUE,
    )
    job = clone_voice.sync(client=client, body=body, idempotency_key="first")
while job.is_running:
    time.sleep(0.5)
    job = get_job.sync(job.id, client=client)
preview = get_preview.sync_detailed(job.voice, client=client)
while preview.status_code == 404:
    time.sleep(0.5)
    preview = get_preview.sync_detailed(job.voice, client=client)
found = list_voices.sync(client=client, search="Generated")
names = [voice.name for voice in found.results]
print(json.dumps({"state": job.state, "names": names, "audio": preview.content[:4].decode("latin-1")}))
"""


async def make_token(visit: Visit, name: str, *scopes: str) -> str:
    """The value of a new token of Ada's, made on the page."""
    page = visit.page
    await visit.open("/tokens/")
    await page.get_by_label("Name", exact=True).fill(name)
    for scope in scopes:
        await page.get_by_role("checkbox", name=scope).check()
    await page.get_by_role("button", name="Create token").click()
    return await page.locator("#new-token").inner_text()


def listing(studio: RunningStudio, token: str) -> int:
    """The status of a list of voices."""
    with loopback.client(base_url=studio.url) as http:
        return http.get("/api/v1/voices", headers={"Authorization": f"Bearer {token}"}).status_code


async def test_token_is_made_used_and_revoked_on_the_page(visit: Visit, studio: RunningStudio) -> None:
    await visit.login()
    token = await make_token(visit, "Nightly import")
    assert listing(studio, token) == 200
    page = visit.page
    await page.get_by_role("link", name="Done").click()
    row = page.get_by_role("listitem").filter(has_text="Nightly import")
    assert token[:11] in await row.inner_text()
    assert token not in await page.content()
    await row.get_by_role("link", name="Revoke").click()
    await page.get_by_role("button", name="Revoke token").click()
    await page.get_by_text("Token “Nightly import” revoked.").wait_for()
    assert listing(studio, token) == 401


@pytest.mark.timeout(300)
async def test_generated_client_clones_waits_and_plays(
    visit: Visit, studio: RunningStudio, tmp_path: Path
) -> None:
    await visit.login()
    token = await make_token(visit, "Generated client", "Clone")
    with loopback.client(base_url=studio.url) as http:
        (tmp_path / "openapi.json").write_text(http.get("/api/v1/openapi.json").text)
    (tmp_path / "options.yaml").write_text(
        "package_name_override: studio_client\nproject_name_override: studio\npost_hooks: []\n"
    )
    (tmp_path / "me.wav").write_bytes(speech_wav(seconds=12))
    (tmp_path / "program.py").write_text(PROGRAM)
    generate = "-m openapi_python_client generate --meta none --path openapi.json --config options.yaml"
    for command in (
        [*generate.split(), "--output-path", "studio_client"],
        ["program.py", studio.url, token, "me.wav"],
    ):
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == {"state": "created", "names": ["Generated"], "audio": "RIFF"}
