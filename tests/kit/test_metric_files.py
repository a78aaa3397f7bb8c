"""Metrics of several processes: added up, kept when one ends, and never a reason not to start."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COUNT = """
import sys
from pathlib import Path
from voices.kit.metric_files import counted, processes, share_metrics
from voices.kit.metrics import CHILDREN, REQUEST_SECONDS

folder, times = Path(sys.argv[1]), int(sys.argv[2])
share_metrics(folder, program="web")
for _ in range(times):
    CHILDREN.labels("intake_main", "0").inc()
    REQUEST_SECONDS.labels("voices:library").observe(0.02)
if sys.argv[3:] == ["wait"]:
    print("counted", flush=True)
    sys.stdin.read()
for metric in [*counted(folder), *processes(folder)]:
    for sample in metric.samples:
        if sample.name.endswith(("_total", "_count")) or sample.name == "process_max_fds":
            value = "some" if sample.name.startswith("process_") else sample.value
            print(sample.name, *(sample.labels[name] for name in sorted(sample.labels)), value)
"""
CHILDREN = "voicestudio_children_total"
SECONDS = "voicestudio_request_seconds_count voices:library"


def counting(folder: Path, times: int, *arguments: str) -> list[str]:
    return [sys.executable, "-c", COUNT, str(folder), str(times), *arguments]


def count(folder: Path, times: int) -> tuple[list[str], str]:
    """What a process that counts so often then reads, and what it writes to its log."""
    done = subprocess.run(counting(folder, times), cwd=ROOT, text=True, capture_output=True, check=True)
    return sorted(done.stdout.splitlines()), done.stderr


def test_counts_of_all_processes_are_added_and_outlive_them(tmp_path: Path) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(counting(tmp_path, 3, "wait"), cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as one:
        assert one.stdin
        assert one.stdout
        assert one.stdout.readline() == "counted\n"
        lines, _ = count(tmp_path, 2)
        one.kill()
    both = ["process_cpu_seconds_total web 0 some", "process_cpu_seconds_total web 1 some"]
    limits = ["process_max_fds web 0 some", "process_max_fds web 1 some"]
    assert lines == [*both, *limits, f"{CHILDREN} 0 intake_main 5.0", f"{SECONDS} 5.0"]
    lines, _ = count(tmp_path, 1)
    assert lines == [both[0], limits[0], f"{CHILDREN} 0 intake_main 6.0", f"{SECONDS} 6.0"]
    assert len(list(tmp_path.glob("*.db"))) == 4


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 2_000_000, b"\x30\x00\x00\x00" + bytes(2_000_000)],
    ids=["empty", "ones", "zeros"],
)
def test_damaged_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    count(tmp_path, 1)
    (tmp_path / "counter_0.db").write_bytes(content)
    lines, log = count(tmp_path, 2)
    assert (lines[2:], log) == ([f"{CHILDREN} 0 intake_main 2.0", f"{SECONDS} 3.0"], "")
    assert (tmp_path / "counter_0.db").stat().st_size == 2_000_000


def test_process_counts_alone_where_nothing_can_be_shared(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lines, log = count(tmp_path / "file", 2)
    assert [line for line in lines if "process" not in line] == [
        f"{CHILDREN} 0 intake_main 2.0",
        f"{SECONDS} 2.0",
    ]
    assert log.startswith("Metrics of this process are not shared: ")
