"""How the tests themselves are written."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = {str(path.relative_to(TESTS)): ast.parse(path.read_text()) for path in sorted(TESTS.rglob("*.py"))}
MAX_NAME = 59


def functions(tree: ast.AST) -> Iterator[str]:
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def long_names(tree: ast.AST) -> list[str]:
    return [name for name in functions(tree) if name.startswith("test_") and len(name) > MAX_NAME]


def test_names_fit_on_a_command_line():
    assert {file: names for file, tree in FILES.items() if (names := long_names(tree))} == {}


@pytest.mark.parametrize("source", ["def test_{}(): ...", "class TestIt:\n    async def test_{}(self): ..."])
def test_it_finds_a_long_name(source):
    assert long_names(ast.parse(source.format("x" * 54))) == []
    assert long_names(ast.parse(source.format("x" * 55))) != []
