"""The rules of the code base: imports only go down the floors, no circle, no hidden import, everything small."""

import ast
import sys
from dataclasses import dataclass, field
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

Node = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Function:
    """What the rules ask of a function."""

    name: str
    lines: int
    has_return_type: bool
    docstring: str
    writes: bool


@dataclass
class Module:
    """What the rules ask of a file: its functions, and its imports with the function in which each is hidden."""

    functions: list[Function] = field(default_factory=list)
    imports: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, node: ast.AST, function: str = "") -> None:
        """Add what stands below a node."""
        if isinstance(node, Node):
            self.functions.append(function_of(node))
            function = node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self.imports += ((node.lineno, target, function) for target in targets(node))
        elif isinstance(node, ast.expr):
            return  # no expression has an import or a function with a name in it
        for child in ast.iter_child_nodes(node):
            self.add(child, function)

    @property
    def imported(self) -> set[str]:
        """The full names of what it imports."""
        return {target for _, target, _ in self.imports}


@cache
def modules(folder: str) -> dict[str, Module]:
    """Every module of a folder by its dotted name. Each file is parsed once; its tree, which is large, is not kept."""
    paths = [path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]
    found = {}
    for path in paths:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module()
        found[name].add(ast.parse(path.read_bytes()))
    return found


def everywhere() -> dict[str, Module]:
    return modules("voices") | modules("voicestudio") | modules("tests")


def targets(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    origin = "." * node.level + (node.module or "")
    return [f"{origin}.{alias.name}" for alias in node.names]


def function_of(node: Node) -> Function:
    docstring = ast.get_docstring(node) or ""
    return Function(
        name=node.name,
        lines=(node.end_lineno or node.lineno) - node.lineno + 1,
        has_return_type=node.returns is not None,
        docstring=docstring,
        writes=docstring.startswith("Whether") and writes(node),
    )


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
    assert {package_of(name) for name in modules("voices")} - {""} <= FLOOR.keys()


def test_imports_only_go_down() -> None:
    found = [
        (name, line, target)
        for name, module in modules("voices").items()
        if package_of(name)
        for line, target, _ in module.imports
    ]
    assert [one for one in found if is_wrong_way(one[0], one[2])] == []


@pytest.mark.parametrize("program", IMPORTS_OF_PROGRAMS)
def test_programs_of_their_own_import_nothing_of_ours(program: str) -> None:
    allowed = IMPORTS_OF_PROGRAMS[program]
    known = [
        (name, target)
        for name, module in modules("voices").items()
        if package_of(name) == program
        for target in module.imported
    ]
    assert known
    assert [
        (name, target)
        for name, target in known
        if package_of(target) != program
        and target.partition(".")[0] not in allowed | (ITS_IMPORTS if name == MCP_SERVER else set())
    ] == []


def test_only_clients_import_httpx() -> None:
    known = [(name, target) for name, module in modules("voices").items() for target in module.imported]
    assert {package_of(name) for name, target in known if target.startswith("httpx")} == {
        "althea",
        "cli",
        "webhooks",
    }


def test_imports_form_no_circle() -> None:
    ours = modules("voices")
    graph = {
        name: {whole if whole in ours else whole.rpartition(".")[0] for whole in module.imported} - {name}
        for name, module in ours.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise AssertionError(" -> ".join(circle.args[1])) from None


def test_no_import_is_relative_or_hidden_in_a_function() -> None:
    imports = [(name, *one) for name, module in everywhere().items() for one in module.imports]
    assert [one for one in imports if one[3]] == []
    assert [one for one in imports if one[2].startswith(".")] == []


def test_every_function_declares_its_return_type() -> None:
    assert [
        (name, function.name)
        for name, module in everywhere().items()
        for function in module.functions
        if not function.has_return_type
    ] == []


def test_whether_docstrings_are_for_pure_predicates() -> None:
    """A docstring with "Whether" promises a function that only looks; one that writes says so in the imperative."""
    assert [
        (name, function.name)
        for name, module in modules("voices").items()
        for function in module.functions
        if function.docstring.startswith("Whether") and function.writes
    ] == []


def test_names_of_tests_are_short() -> None:
    names = [(name, one.name) for name, module in modules("tests").items() for one in module.functions]
    assert [one for one in names if one[1].startswith("test_") and len(one[1]) > MAX_TEST_NAME] == []


def test_functions_are_small() -> None:
    sizes = [
        (function.lines, name, function.name)
        for name, module in (modules("voices") | modules("voicestudio")).items()
        for function in module.functions
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
