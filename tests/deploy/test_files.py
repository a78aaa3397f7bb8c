"""The files in deploy/ name only commands and settings that exist, and keep the programs as confined as they say."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests.deploy.units import MAX_EXPOSURE, SERVICES, exposure_of, install_units, unit_settings
from tests.tools import tool

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").glob("*.md")]
SETTING = re.compile(r"\bVOICESTUDIO_([A-Z_]*[A-Z])\b")
COMMAND = re.compile(r"\bmanage\.py ([a-z_]+)")
ROW = re.compile(r"^\| `VOICESTUDIO_(\w+)` \|", re.MULTILINE)
SECRET = re.compile(r"""\bsecret\(\s*"([A-Z_]+)",""")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
DOCKERFILE = (DEPLOY / "docker" / "Dockerfile").read_text()


def read(paths: list[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def documented_settings() -> set[str]:
    """The rows of the README's table, which another test compares with the code, and the secrets' files."""
    rows = set(ROW.findall(read([ROOT / "README.md"])))
    secrets = SECRET.findall(read([*(ROOT / "voicestudio" / "settings").glob("*.py")]))
    return rows | {f"{name}_FILE" for name in secrets}


def environment_file() -> dict[str, str]:
    """The variables that systemd gives the programs."""
    lines = (DEPLOY / "systemd" / "voicestudio.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_setting_in_deploy_and_documents_exists() -> None:
    named = set(SETTING.findall(read([*FILES, *DOCUMENTS])))
    of_the_command_line = {"TOKEN", "URL"}  # of `voicestudio`, a program of its own: docs/cli.md
    assert named - documented_settings() - of_the_command_line == set()


def test_every_command_in_deploy_and_documents_exists() -> None:
    compose = {word for one in COMPOSE["services"].values() for word in one.get("command", [])[:1]}
    named = set(COMMAND.findall(read([*FILES, *DOCUMENTS]))) | compose
    assert named - get_commands().keys() == {"version"}  # manage.py answers that itself
    assert {"prepare", "web", "worker"} <= set(COMMAND.findall(read(FILES))) & compose


@pytest.mark.parametrize("service", SERVICES)
def test_units_run_a_command_of_manage_py_as_their_user(service: str) -> None:
    settings = unit_settings(DEPLOY / "systemd", service)
    program, script, command = shlex.split(settings["ExecStart"])
    assert (program, script) == ("/opt/voicestudio/.venv/bin/python", "manage.py")
    assert command == service.removeprefix("voicestudio-").removesuffix(".service")
    assert (settings["User"], settings["CapabilityBoundingSet"]) == ("voicestudio", "")
    assert settings["ReadWritePaths"] == environment_file()["VOICESTUDIO_DATA_DIR"]


def test_units_are_valid_and_little_exposed(tmp_path: Path) -> None:
    install_units(DEPLOY / "systemd", tmp_path)
    units = ["voicestudio.target", *SERVICES]
    checked = subprocess.run(
        [tool("systemd-analyze"), f"--root={tmp_path}", "verify", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    scores = {service: exposure_of(tmp_path, service) for service in SERVICES}
    assert max(scores.values()) <= MAX_EXPOSURE, scores


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_containers_have_no_rights_and_a_read_only_root(service: str) -> None:
    settings = COMPOSE["services"][service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert "cap_add" not in settings
    assert settings["security_opt"] == ["no-new-privileges:true"]
    assert not settings.get("privileged", False)
    assert [port for port in settings.get("ports", []) if not port.startswith("127.0.0.1:")] == []


def test_containers_wait_for_what_they_need() -> None:
    services = COMPOSE["services"]
    assert services["prepare"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
    assert services["worker"]["healthcheck"]["test"] == ["CMD", "python", "manage.py", "healthy", "worker"]
    [network] = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert services["web"]["environment"]["FORWARDED_ALLOW_IPS"] == network["gateway"]


def test_image_is_pinned_and_runs_as_nobody_special() -> None:
    steps = re.findall(r"^([A-Z]+) ", DOCKERFILE, re.MULTILINE)
    assert steps[steps.index("USER") :] == ["USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"]
    assert "--require-hashes --only-binary :all:" in DOCKERFILE
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.11-slim-bookworm"}
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from|\$)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    ignored = (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    assert {*copied, "requirements.lock"} <= {line.removeprefix("!") for line in ignored}
    assert "curl" not in DOCKERFILE


def test_checks_are_clean_in_the_https_profile(tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("VOICESTUDIO_")}
    plain.pop("DJANGO_SETTINGS_MODULE", None)
    ours = environment_file() | {"VOICESTUDIO_DATA_DIR": str(tmp_path)}
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=plain | ours, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")
