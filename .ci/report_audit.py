"""Report what pip-audit found: exit with a list of the findings, or print one line of how much was audited."""

import json
import sys
from pathlib import Path
from typing import Any


def report(path: Path) -> str:
    """Return one line of how many packages were audited. Exit with the findings, if there are any."""
    packages = _packages(path)
    findings = [
        f"{one['name']} {one['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none yet'}"
        for one in packages
        for found in one.get("vulns", [])
    ]
    if findings:
        sys.exit("Known vulnerabilities in requirements.lock:\n  " + "\n  ".join(findings))
    audited = sum("skip_reason" not in one for one in packages)
    if not audited:
        return "requirements.lock: not audited: no vulnerability service could be reached, or it knows none of these"
    return f"requirements.lock: {audited} of {len(packages)} packages audited, no known vulnerability"


def _packages(path: Path) -> list[dict[str, Any]]:
    """Return pip-audit's packages, or none if it could not finish."""
    try:
        packages: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["dependencies"]
    except (OSError, ValueError, KeyError):
        return []
    return packages


if __name__ == "__main__":
    print(report(Path(sys.argv[1])))
