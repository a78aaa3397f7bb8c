"""Compare the bill of materials with the lock: exit with what differs, or print one line of what it lists."""

import json
import re
import sys
from pathlib import Path

PIN = re.compile(r"^([\w.-]+)==([^\s\\;]+)", re.MULTILINE)


def report(bill: Path, lock: Path) -> str:
    """Return one line of how many packages are listed. Exit if they are not those of the lock, with their hashes."""
    content = json.loads(bill.read_text(encoding="utf-8"))
    listed = {(one["name"], one["version"]) for one in content["components"] if _has_hashes(one)}
    pinned = set(PIN.findall(lock.read_text(encoding="utf-8")))
    if listed != pinned or not pinned:
        sys.exit(f"The bill of materials and {lock.name} differ: {sorted(listed ^ pinned)}")
    version = f"{content['bomFormat']} {content['specVersion']}"
    return f"{bill}: {len(listed)} packages of {lock.name} with their hashes, {version}"


def _has_hashes(component: dict[str, list[dict[str, object]]]) -> bool:
    return any(reference.get("hashes") for reference in component.get("externalReferences", []))


if __name__ == "__main__":
    print(report(Path(sys.argv[1]), Path(sys.argv[2])))
