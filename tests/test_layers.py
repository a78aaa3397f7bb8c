"""The judge of the house: imports only go down the floors, no circle, nothing hidden, everything small."""

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROWS = (  # from the ground up; a room sees the rows below it and itself, never a neighbour
    "sandbox kit",
    "althea audio providers",
    "models",
    "access audit gateway figures",
    "library actions",
    "worker web",
    "urls admin apps checks templatetags management migrations",
)
FLOOR = {room: number for number, row in enumerate(ROWS) for room in row.split()}
DOORS = FLOOR["urls"]
LEAVES = {"sandbox": set[str](), "kit": set[str](), "althea": {"kit"}, "audio": {"kit"}, "providers": {"kit"}}
STRANGER = {*sys.stdlib_module_names, "av", "numpy"}  # all the sandbox may know beside itself

Trees = dict[str, ast.Module]  # by dotted module name


def trees(folder: str) -> Trees:
    paths = [path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths
    ]
    return {name: ast.parse(path.read_bytes()) for name, path in zip(names, paths, strict=True)}


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def is_wrong_way(module: str, target: str) -> bool:
    here, there = room(module), room(target)
    if not target.startswith("voices."):
        return target.startswith(("voicestudio.", "tests.", *(["django."] if here in LEAVES else [])))
    if here == there or FLOOR[here] == FLOOR[there] == DOORS:
        return False
    if there == "sandbox" and not target.startswith("voices.sandbox.keys."):
        return True  # else reached over HTTP only, so that it cannot share our mistakes
    return FLOOR[there] >= FLOOR[here] or there not in LEAVES.get(here, {there})


@pytest.mark.parametrize(
    ("module", "target", "wrong"),
    [
        ("voices.web.library", "voices.library.pages.page", False),
        ("voices.web.library", "voices.worker.loop.run", True),
        ("voices.actions.clone.submit", "voices.library.search", True),
        ("voices.models.keys", "voices.kit.secret.Secret", False),
        ("voices.models.keys", "voices.access.roles", True),
        ("voices.access", "voices.audit.record", True),
        ("voices.althea.client", "voices.kit.secret.Secret", False),
        ("voices.althea.client", "voices.audio.probe", True),
        ("voices.althea.client", "django.conf.settings", True),
        ("voices.gateway", "voices.sandbox.state.State", True),
        ("voices.actions.keys.store", "voices.sandbox.keys.make_key", False),
        ("voices.urls", "voices.admin.site", False),
        ("voices.web.http", "voicestudio.settings.DEBUG", True),
    ],
)
def test_import_rule_accepts_and_refuses_known_examples(module: str, target: str, wrong: bool) -> None:
    assert is_wrong_way(module, target) is wrong


def test_every_package_has_a_floor() -> None:
    assert {room(name) for name in trees("voices")} - {""} <= FLOOR.keys()


def test_imports_only_go_down() -> None:
    house = {name: tree for name, tree in trees("voices").items() if room(name)}
    found = [(name, line, target) for name, tree in house.items() for line, target in imported(tree)]
    assert [one for one in found if is_wrong_way(one[0], one[2])] == []


def test_sandbox_imports_nothing_of_ours() -> None:
    known = [(name, target) for name, tree in trees("voices/sandbox").items() for _, target in imported(tree)]
    assert [
        one for one in known if one[1].partition(".")[0] not in STRANGER and room(one[1]) != "sandbox"
    ] == []


def test_web_imports_no_http_client() -> None:
    known = [(name, target) for name, tree in trees("voices/web").items() for _, target in imported(tree)]
    assert [one for one in known if one[1].startswith("httpx")] == []


def test_imports_form_no_circle() -> None:
    house = trees("voices")
    graph = {
        name: {whole if whole in house else whole.rpartition(".")[0] for _, whole in imported(tree)} - {name}
        for name, tree in house.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise AssertionError(" -> ".join(circle.args[1])) from None


def test_no_import_is_relative_or_hidden_in_a_function() -> None:
    everywhere = trees("voices") | trees("voicestudio") | trees("tests")
    hidden = [
        (name, function.name, line)
        for name, tree in everywhere.items()
        for function in functions(tree)
        for line, _ in imported(function)
    ]
    assert hidden == []
    assert [(name, it) for name, tree in everywhere.items() for _, it in imported(tree) if it[0] == "."] == []


def test_functions_are_small() -> None:
    sizes = [
        (node.end_lineno - node.lineno + 1, name, node.name)
        for name, tree in (trees("voices") | trees("voicestudio")).items()
        for node in functions(tree)
        if node.end_lineno
    ]
    assert [size for size in sizes if size[0] > 40] == []
    assert median(size for size, *_ in sizes) <= 8


def test_files_are_small() -> None:
    limits = {
        "voices/**/*.py": 350,
        "voicestudio/*.py": 350,
        "tests/**/*.py": 500,
        "templates/**/*.html": 150,
    }
    sizes = [
        (len(path.read_text(encoding="utf-8").splitlines()), limit, str(path.relative_to(ROOT)))
        for pattern, limit in limits.items()
        for path in ROOT.glob(pattern)
        if "migrations" not in path.parts
    ]
    assert [one for one in sizes if one[0] > one[1]] == []
