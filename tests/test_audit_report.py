"""What `.ci/run` says of pip-audit's report: findings fail it, and what was not looked up is not called clean."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "report_audit.py"
CLEAN = '{"name": "httpx", "version": "0.28.1", "vulns": []}'
SKIPPED = '{"name": "anyio", "skip_reason": "Dependency not found on PyPI"}'
FOUND = '{"name": "django", "version": "5.2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["5.2.1"]}]}'
NOT_AUDITED = "not audited: no vulnerability service could be reached, or it knows none of these\n"


@pytest.mark.parametrize(
    ("report", "code", "told"),
    [
        (f'{{"dependencies": [{CLEAN}, {SKIPPED}]}}', 0, "1 of 2 packages audited, no known vulnerability\n"),
        (f'{{"dependencies": [{SKIPPED}]}}', 0, NOT_AUDITED),
        ("", 0, NOT_AUDITED),
        (f'{{"dependencies": [{CLEAN}, {FOUND}]}}', 1, "django 5.2: PYSEC-1, fixed in 5.2.1\n"),
    ],
    ids=["partly", "none", "no report", "finding"],
)
def test_audit_report_fails_on_findings_only(tmp_path: Path, report: str, code: int, told: str) -> None:
    (tmp_path / "audit.json").write_text(report)
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "audit.json")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, (ran.stdout + ran.stderr)[-len(told) :]) == (code, told)
