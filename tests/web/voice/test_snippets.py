"""What is copied from a voice's page: each language reads it as meant, however hostile the name; no key is in it."""

import ast
import json
import os
import shlex
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import SECRET, make_account, make_key, make_voice
from tests.sandbox_voices import Living
from voices.models import Endpoint, Voice
from voices.web.voice.snippets import agent_of, curl_of, python_of, snippets_of

NAMES = [
    "Marlene", "", "it's", 'say "hi"', "$(reboot) `id` $HOME", "a\nimport os\nos.abort()", "\\", "\\\n",
    "{base} {0} %s",
    "'''", '"""', "# '", "\u202egnp.exe", "\u2028line", "صوت", "小鳥", "x" * 200, "</script><b>", "}\n",
]  # fmt: skip


@pytest.fixture(params=NAMES, ids=range(len(NAMES)))
def hostile(cast: Cast, request: pytest.FixtureRequest) -> Voice:
    """A voice whose name and id are the same mischief."""
    return make_voice(cast.ed, name=request.param, voice_id=request.param[:64])


def test_curl_snippet_is_one_command_of_five_words(hostile: Voice, settings: Settings) -> None:
    words = shlex.split(curl_of(hostile))
    assert words[:4] == ["curl", "-sS", "-H", "X-API-Key: $ALTHEA_API_KEY"]
    assert len(words) == 5
    base, _, last = words[4].rpartition("/")
    assert base == f"{settings.SANDBOX_URL}/api/voices"
    assert not set(last) & set(" '\"$`\\\n<>")


def test_python_snippet_is_the_same_program_for_every_name(hostile: Voice) -> None:
    tree = ast.parse(python_of(hostile))
    assert [type(node) for node in tree.body] == [
        ast.Import, ast.Import, ast.Assign, ast.Assign, ast.Expr, ast.Expr,
    ]  # fmt: skip
    assert [ast.unparse(node) for node in tree.body[:2]] == ["import os", "import httpx"]


def test_agent_snippet_names_the_voice_by_id(hostile: Voice) -> None:
    told = json.loads(agent_of(hostile))
    assert told["callTemplate"] == {"voice": hostile.voice_id}
    assert told["name"] == f"Agent with {hostile.name}"[:64]


# Escaping is the page's own for every name alike: one name for each way it could go wrong is enough.
@pytest.mark.parametrize(
    "hostile", ['say "hi"', "a\nimport os\nos.abort()", "</script><b>", "صوت"], indirect=True
)
def test_voice_page_shows_snippets_whole_and_without_a_key(cast: Cast, hostile: Voice) -> None:
    make_key(cast.ed, account=hostile.account)
    answer = cast.login(cast.ed).get(f"/voices/{hostile.pk}/").content.decode()
    for one in snippets_of(hostile):
        # A page carries a line break as itself, so the text is read back as it was.
        assert one.text in unescape(answer)
        assert SECRET not in one.text
    assert "<b>" not in answer.partition("snippet-list")[2].partition("</section>")[0]


def test_snippets_use_the_address_of_the_account(cast: Cast, settings: Settings) -> None:
    settings.ALTHEA_URL, settings.SANDBOX_URL = "https://althea.example", "http://sandbox.example"
    for endpoint, base in ((Endpoint.ALTHEA, settings.ALTHEA_URL), (Endpoint.SANDBOX, settings.SANDBOX_URL)):
        voice = make_voice(cast.ed, account=make_account(endpoint=endpoint))
        assert f"{base}/api/voices/{voice.voice_id}" in curl_of(voice)
        assert base in python_of(voice)


def test_python_snippet_runs(cast: Cast, living: Living, tmp_path: Path) -> None:
    voice = living.voice(cast.ed, name="Marlene's 'voice'")
    program = tmp_path / "snippet.py"
    program.write_text(python_of(voice), encoding="utf-8")
    environment = {
        **os.environ,
        "ALTHEA_API_KEY": living.secret,
        "NO_PROXY": "*",
        "PYTHONIOENCODING": "utf-8",
    }
    ran = subprocess.run(  # our own snippet, against the sandbox
        [sys.executable, str(program)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (ran.stdout.strip(), ran.stderr) == ("Marlene's 'voice'", "")


def test_agent_snippet_is_accepted_by_the_sandbox(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    with living.asking() as http:
        made = http.post("/api/agents", json=json.loads(agent_of(voice)))
    assert made.is_success
    assert made.json()["callTemplate"]["voice"] == voice.voice_id
