"""Dependencies point one way, packages stay small, and the modules that decide need no framework."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each may import those after it, never those before it.
PACKAGES = ("dashboard_project", "producers_api", "broadcast", "stickyboard")
CORE = ("types", "events", "stores", "ops", "delivery", "runtime", "page")  # the same within broadcast, lowest first
MAX_MODULES = 16
FRAMEWORKS = ("django", "channels", "asgiref", "redis", "channels_redis", "daphne", "uvicorn")
SANS_IO = [
    f"broadcast.{name}"
    for name in (
        "close_codes",
        "delivery.browser_messages",
        "errors",
        "types",
        "delivery.concurrency",
        "delivery.keyspace_copy",
        "delivery.flow_control",
        "delivery.replica",
        "delivery.updates",
        "events.event_type",
        "events.policies",
        "events.validation",
        "ops.connections",
        "ops.counters",
        "testing.guarantees",
    )
]
BLOCK = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[2:]:
            raise ImportError(f"{name} is needed")

sys.meta_path.insert(0, Block())
for name in sys.argv[1].split(","):
    __import__(name)
"""


def files_of(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts]


def files_of_layer(package: str) -> list[Path]:
    """Return the files that must not import what is above the package; the client's command may run a server."""
    return [path for path in files_of(package) if path.parts[-2] != "cli"]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for name in PACKAGES for path in files_of(name)}


@cache
def imported(path: Path) -> list[str]:
    """Return the full name of everything that a file imports, wherever in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            names += (f"{node.module}.{alias.name}" for alias in node.names)
    return names


def component(module: str) -> str:
    """Return the package within an app that a module belongs to, or the module itself where it is in none."""
    return ".".join(module.split(".")[:2])


def graph(node: Callable[[str], str] = component) -> dict[str, set[str]]:
    """Return what each node imports of the others; a node is a component, or with `str` a module."""
    edges: dict[str, set[str]] = defaultdict(set)
    for module, path in MODULES.items():
        for name in imported(path):
            target = name if name in MODULES else name.rpartition(".")[0]
            if target in MODULES and node(target) != node(module):
                edges[node(module)].add(node(target))
    return edges


def find_cycle(edges: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        found = [] if node in done else next(filter(None, (visit(to, [*path, node]) for to in edges.get(node, ()))), [])
        done.add(node)
        return found

    return next(filter(None, (visit(node, []) for node in edges)), [])


def test_it_finds_a_cycle():
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


@pytest.mark.parametrize("node", [component, str], ids=["packages", "modules"])
def test_the_import_graph_has_no_cycle(node):
    assert find_cycle(graph(node)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_dependencies_point_one_way(package):
    forbidden = (*PACKAGES[: PACKAGES.index(package)], "tests", "benchmarks")
    upward = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_of_layer(package)
        for name in imported(path)
        if name.partition(".")[0] in forbidden
    ]
    assert upward == []


def test_only_testing_imports_the_client():
    using = {
        path.parent.name for path in files_of("broadcast") for name in imported(path) if name.startswith("stickyb")
    }
    assert using == {"testing"}


@pytest.mark.parametrize("name", CORE)
def test_no_layer_of_the_core_imports_a_higher_one(name):
    higher = {f"broadcast.{each}" for each in CORE[CORE.index(name) + 1 :]}
    assert graph()[f"broadcast.{name}"] & higher == set()


def test_there_is_something_to_look_at():
    assert all(len(files_of(package)) > 3 for package in PACKAGES)


def test_no_package_has_more_than_sixteen_modules():
    sizes: dict[Path, int] = defaultdict(int)
    for path in MODULES.values():
        sizes[path.parent.relative_to(ROOT)] += 1
    assert {str(folder): size for folder, size in sizes.items() if size > MAX_MODULES} == {}
    assert len([path for path in (ROOT / "broadcast").iterdir() if path.is_file()]) <= MAX_MODULES


def test_nothing_imports_a_module_that_is_run():
    files = [*MODULES.values(), ROOT / "manage.py", *files_of("tests"), *files_of("benchmarks")]
    assert [str(path) for path in files for name in imported(path) if ".__main__." in name] == []


@pytest.mark.parametrize("module", SANS_IO)
def test_modules_that_decide_name_no_framework(module):
    assert [name for name in imported(MODULES[module]) if name.partition(".")[0] in FRAMEWORKS] == []


@pytest.mark.parametrize("modules", [",".join(SANS_IO), "stickyboard"], ids=["the core", "the client"])
def test_it_imports_where_no_framework_is_installed(modules):
    command = [sys.executable, "-W", "error", "-c", BLOCK, modules, *FRAMEWORKS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_block_above_does_block():
    command = [sys.executable, "-c", BLOCK, "broadcast.delivery.publisher", *FRAMEWORKS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ImportError: channels" in done.stderr
