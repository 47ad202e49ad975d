"""Arrows point one way, and the pure middle needs no framework."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each may import those after it, never those before it.
PACKAGES = ("dashboard_project", "producers_api", "broadcast")
FRAMEWORKS = ("django", "channels", "asgiref", "redis", "channels_redis", "daphne", "uvicorn")
PURE = [
    f"broadcast.{name}"
    for name in (
        "words",
        "errors",
        "policies",
        "event_type",
        "validation",
        "fold",
        "frames",
        "follower",
        "window",
        "eager",
        "close_codes",
        "acks",
        "meters",
        "connections",
        "mirror",
        "guarantees",
    )
]
BLOCK = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[2:]:
            raise ImportError(f"{name} is needed")

sys.meta_path.insert(0, Block())
__import__(sys.argv[1])
"""


def files_of(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts]


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows_point_one_way(package):
    forbidden = (*PACKAGES[: PACKAGES.index(package)], "tests", "benchmarks")
    backwards = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_of(package)
        for name in imported(path)
        if name.partition(".")[0] in forbidden
    ]
    assert backwards == []


def test_there_is_something_to_look_at():
    assert all(len(files_of(package)) > 3 for package in PACKAGES)


@pytest.mark.parametrize("module", PURE)
def test_the_middle_names_no_framework(module):
    path = ROOT / (module.replace(".", "/") + ".py")
    assert [name for name in imported(path) if name.partition(".")[0] in FRAMEWORKS] == []


@pytest.mark.parametrize("module", [*PURE, "producers_api.client"])
def test_it_imports_where_no_framework_is_installed(module):
    command = [sys.executable, "-W", "error", "-c", BLOCK, module, *FRAMEWORKS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_block_above_does_block():
    command = [sys.executable, "-c", BLOCK, "broadcast.publisher", *FRAMEWORKS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ImportError: channels" in done.stderr
