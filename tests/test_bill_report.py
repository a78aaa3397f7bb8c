"""What `.ci/run` says of the bill of materials: complete, or it fails and names what differs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "report_bill.py"
LOCK = "django==5.2.19 \\\n    --hash=sha256:aa\nav==18.1.0 \\\n    --hash=sha256:bb\n    # via voicestudio\n"
HASHES = [{"type": "distribution", "hashes": [{"alg": "SHA-256", "content": "aa"}]}]
DJANGO = {"name": "django", "version": "5.2.19", "externalReferences": HASHES}
AV = {"name": "av", "version": "18.1.0", "externalReferences": HASHES}


@pytest.mark.parametrize(
    ("components", "code", "told"),
    [
        ([DJANGO, AV], 0, "bill.json: 2 packages of requirements.lock with their hashes, CycloneDX 1.6\n"),
        ([DJANGO], 1, "The bill of materials and requirements.lock differ: [('av', '18.1.0')]\n"),
        ([DJANGO, {**AV, "externalReferences": []}], 1, "requirements.lock differ: [('av', '18.1.0')]\n"),
    ],
    ids=["complete", "missing", "without hashes"],
)
def test_bill_report_fails_on_differences(
    tmp_path: Path, components: list[Any], code: int, told: str
) -> None:
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}
    (tmp_path / "bill.json").write_text(json.dumps(bill))
    (tmp_path / "requirements.lock").write_text(LOCK)
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "bill.json", "requirements.lock"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, (ran.stdout + ran.stderr)[-len(told) :]) == (code, told)
