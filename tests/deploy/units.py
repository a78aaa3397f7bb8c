"""The systemd units as systemd reads them, without a running systemd."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

from tests.tools import tool

SERVICES = ("voicestudio-prepare.service", "voicestudio-web.service", "voicestudio-worker.service")
DROP_IN = Path("voicestudio-.service.d") / "hardening.conf"
# Of 10, where 0 is the most confined. It was 1.6 with systemd 252; other versions look at more, or at less.
MAX_EXPOSURE = 2.0
SYSTEM_UNITS = Path("/usr/lib/systemd/system")


def unit_settings(folder: Path, service: str) -> dict[str, str]:
    """What stands in the [Service] sections of the unit and of the drop-in that all units share."""
    found: dict[str, str] = {}
    for path in (folder / service, folder / DROP_IN):
        parser = RawConfigParser(strict=False, delimiters="=", comment_prefixes="#")
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
        parser.read(path)
        found |= dict(parser["Service"])
    return found


def install_units(folder: Path, root: Path) -> None:
    """Copy the units, and those of the system that they name, below a root of their own."""
    shutil.copytree(folder, root / "etc" / "systemd" / "system")
    units = root / "usr" / "lib" / "systemd" / "system"
    units.mkdir(parents=True)
    for path in [
        *SYSTEM_UNITS.glob("*.target"),
        *SYSTEM_UNITS.glob("*.slice"),
        *SYSTEM_UNITS.glob("*.mount"),
    ]:
        shutil.copy(path, units)
    program = root / "opt" / "voicestudio" / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)


def exposure_of(root: Path, service: str) -> float:
    """What `systemd-analyze security` says of the unit."""
    command = [tool("systemd-analyze"), f"--root={root}", "security", "--offline=yes", "--no-pager", service]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", answer)
    assert found, answer
    return float(found[1])
