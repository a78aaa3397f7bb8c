"""The rules of the code base: imports only go down the floors, no circle, no hidden import, everything small."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROWS = (  # from the ground up; a package may import the rows below it and itself, never a neighbour
    "sandbox cli kit version",
    "althea audio providers reading_scripts webhooks",
    "models",
    "access audit gateway notices",
    "library actions",
    "worker web",
    "urls admin apps checks templatetags management migrations",
)
FLOOR = {package: number for number, row in enumerate(ROWS) for package in row.split()}
TOP = FLOOR["urls"]
LEAVES = {
    "sandbox": set[str](),
    "cli": set[str](),
    "kit": set[str](),
    "version": set[str](),
    "althea": {"kit"},
    "audio": {"kit"},
    "providers": {"kit"},
    "reading_scripts": {"kit"},
    "webhooks": {"kit"},
}
IMPORTS_OF_PROGRAMS = {  # all that programs of their own may import beside themselves
    "sandbox": {*sys.stdlib_module_names, "av", "numpy"},
    "cli": {*sys.stdlib_module_names, "click", "httpx"},
}
MCP_SERVER, ITS_IMPORTS = "voices.cli.agents", {"mcp", "mcp_types", "pydantic"}  # of the optional extra

WRITES = {"update", "save", "delete", "create", "get_or_create", "bulk_create", "record"}
MAX_TEST_NAME = 59

Trees = dict[str, ast.Module]  # by dotted module name


@cache
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


def writes(function: ast.AST) -> bool:
    """Whether the function calls a method that changes rows or records an audit entry."""
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Attribute) and called.attr in WRITES for called in calls)


def package_of(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def is_wrong_way(module: str, target: str) -> bool:
    here, there = package_of(module), package_of(target)
    if not target.startswith("voices."):
        return target.startswith(("voicestudio.", "tests.", *(["django."] if here in LEAVES else [])))
    if here == there or FLOOR[here] == FLOOR[there] == TOP:
        return False
    if there in {"sandbox", "cli"}:
        return True  # programs of their own: only HTTP joins them to the rest
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
        ("voices.actions.keys.store", "voices.sandbox.keys.make_key", True),
        ("voices.management.commands.setup", "voices.sandbox.keys.make_key", True),
        ("voices.urls", "voices.admin.site", False),
        ("voices.web.http", "voicestudio.settings.DEBUG", True),
        ("voices.cli.client", "voices.kit.secret.Secret", True),
        ("voices.web.library", "voices.cli.filters.FILTERS", True),
    ],
)
def test_import_rule_accepts_and_refuses_known_examples(module: str, target: str, wrong: bool) -> None:
    assert is_wrong_way(module, target) is wrong


def test_every_package_has_a_floor() -> None:
    assert {package_of(name) for name in trees("voices")} - {""} <= FLOOR.keys()


def test_imports_only_go_down() -> None:
    modules = {name: tree for name, tree in trees("voices").items() if package_of(name)}
    found = [(name, line, target) for name, tree in modules.items() for line, target in imported(tree)]
    assert [one for one in found if is_wrong_way(one[0], one[2])] == []


@pytest.mark.parametrize("program", IMPORTS_OF_PROGRAMS)
def test_programs_of_their_own_import_nothing_of_ours(program: str) -> None:
    allowed = IMPORTS_OF_PROGRAMS[program]
    known = [
        (name, target) for name, tree in trees(f"voices/{program}").items() for _, target in imported(tree)
    ]
    assert [
        (name, target)
        for name, target in known
        if package_of(target) != program
        and target.partition(".")[0] not in allowed | (ITS_IMPORTS if name == MCP_SERVER else set())
    ] == []


def test_only_clients_import_httpx() -> None:
    known = [(name, target) for name, tree in trees("voices").items() for _, target in imported(tree)]
    assert {package_of(name) for name, target in known if target.startswith("httpx")} == {
        "althea",
        "cli",
        "webhooks",
    }


def test_imports_form_no_circle() -> None:
    modules = trees("voices")
    graph = {
        name: {whole if whole in modules else whole.rpartition(".")[0] for _, whole in imported(tree)}
        - {name}
        for name, tree in modules.items()
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


def test_every_function_declares_its_return_type() -> None:
    everywhere = trees("voices") | trees("voicestudio") | trees("tests")
    assert [
        (name, function.name)
        for name, tree in everywhere.items()
        for function in functions(tree)
        if function.returns is None
    ] == []


def test_whether_docstrings_are_for_pure_predicates() -> None:
    """A docstring with "Whether" promises a function that only looks; one that writes says so in the imperative."""
    assert [
        (name, function.name)
        for name, tree in trees("voices").items()
        for function in functions(tree)
        if (ast.get_docstring(function) or "").startswith("Whether") and writes(function)
    ] == []


def test_names_of_tests_are_short() -> None:
    names = [(name, one.name) for name, tree in trees("tests").items() for one in functions(tree)]
    assert [one for one in names if one[1].startswith("test_") and len(one[1]) > MAX_TEST_NAME] == []


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
        "voicestudio/**/*.py": 350,
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


def test_lines_of_templates_and_css_fit_120_columns() -> None:
    paths = [*ROOT.glob("templates/**/*.*"), *ROOT.glob("static/css/*.css")]
    lines = [
        (str(path.relative_to(ROOT)), number)
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert (len(paths) > 100, lines) == (True, [])
