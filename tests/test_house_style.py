"""How the tests themselves are written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = {str(path.relative_to(TESTS)): path.read_text() for path in sorted(TESTS.rglob("*.py"))}
MAX_NAME = 59
OF_A_TEST = re.compile(r"^ *(?:from|import) tests\.(?:.* import )?(?:[\w.]*\.)?test_.*$", re.MULTILINE)


def names_of(source: str) -> Iterator[str]:
    nodes = ast.walk(ast.parse(source))
    return (node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def long_names(source: str) -> list[str]:
    return [name for name in names_of(source) if name.startswith("test_") and len(name) > MAX_NAME]


def imports_of_tests(source: str) -> list[str]:
    return OF_A_TEST.findall(source)


@pytest.mark.parametrize("find", [long_names, imports_of_tests])
def test_no_file_has_any(find):
    assert {file: found for file, source in FILES.items() if (found := find(source))} == {}


@pytest.mark.parametrize("source", ["def test_{}(): ...", "class TestIt:\n    async def test_{}(self): ..."])
def test_a_long_name_is_found(source):
    assert long_names(source.format("x" * 54)) == []
    assert long_names(source.format("x" * 55)) != []


@pytest.mark.parametrize("name", ["stores.test_fold import put", "stores import test_fold", "test_errors import known"])
def test_an_import_of_a_test_is_found(name):
    assert imports_of_tests(f"from tests.{name}") != []
    assert imports_of_tests("from tests.support.bench import Bench") == []
