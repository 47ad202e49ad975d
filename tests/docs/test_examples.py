"""The examples in the docs compile, and the marked ones run against a real server."""

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

from tests.support.doc_pages import PAGES, read
from tests.support.server import ROOT, Server
from tests.support.warm_python import WarmPython

EXAMPLE_PAGES = [page for page in PAGES if page.is_relative_to(ROOT / "docs") or page.name == "README.md"]
EXAMPLE_URL = "http://localhost:8000"


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    code: str
    is_run: bool


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = re.finditer(r"^(<!-- run -->\n)?```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        Block(page, text.count("\n", 0, match.start(3)) + 1, match[2], match[3], match[1] is not None)
        for match in found
    ]


BLOCKS = [block for page in EXAMPLE_PAGES for block in blocks(page)]


def name_of(block: Block) -> str:
    return f"{block.page.name}:{block.line}"


def compiled(block: Block, **named: str) -> Any:
    """Compile a block, without its assignments to the names in `named`."""
    tree = ast.parse("\n" * (block.line - 1) + block.code, str(block.page))
    tree.body = [statement for statement in tree.body if not named or not _sets(statement, set(named))]
    return compile(tree, str(block.page), "exec")


def _sets(statement: ast.stmt, names: set[str]) -> bool:
    if not isinstance(statement, ast.Assign):
        return False
    return {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)} <= names


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("docs")) as server:
        yield server


@pytest.fixture(scope="module")
def python() -> Iterator[Path]:
    """A folder with a program `python` that has imported Django already."""
    with TemporaryDirectory() as folder, WarmPython(Path(folder)) as warm:
        yield warm.folder


def test_every_mark_precedes_a_block():
    for page in EXAMPLE_PAGES:
        assert page.read_text().count("<!-- run -->") == sum(block.is_run for block in blocks(page)), page


def test_python_compiles():
    for block in BLOCKS:
        if block.language == "python":
            compiled(block)  # an error names the page and the line


def test_json_is_json():
    for block in BLOCKS:
        if block.language == "json":
            assert is_json(block.code), name_of(block)


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "page", [page for page in EXAMPLE_PAGES if any(b.is_run for b in blocks(page))], ids=lambda page: page.name
)
def test_python_runs(page, running, tmp_path, monkeypatch):
    """The blocks of one page share their names, from top to bottom."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__", "URL": running.http, "TOKEN": running.token}
    for block in blocks(page):
        if block.is_run and block.language == "python":
            exec(compiled(block, URL=running.http, TOKEN=running.token), names)


needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None and not os.environ.get("CI"), reason="curl is missing; install it"
)


@needs_curl
@pytest.mark.slow
@pytest.mark.parametrize(
    "page", sorted({b.page for b in BLOCKS if b.is_run and b.language == "sh"}), ids=lambda page: page.name
)
def test_commands_succeed(page, running, python, tmp_path):
    """A command may need an earlier one of its page, so a page is one test."""
    environment = {
        **running.environment,
        "STICKYBOARD_TOKEN": running.token,
        "PATH": f"{python}{os.pathsep}{os.environ['PATH']}",
    }
    for block in (each for each in blocks(page) if each.is_run and each.language == "sh"):
        assert "curl" not in block.code or len(re.findall(r"\bcurl -f", block.code)) == block.code.count("curl ")
        code = block.code.replace(EXAMPLE_URL, running.http).replace("python manage.py", f"python {ROOT}/manage.py")
        done = subprocess.run(
            ["sh", "-euc", code],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{name_of(block)}: {done.stdout}{done.stderr}"


@needs_curl
def test_curl_command_in_the_readme_works(running):
    command = re.search(r"`(curl [^`]+)`", read("README.md"))
    assert command
    code = command[1].replace(EXAMPLE_URL, running.http)
    environment = {**os.environ, "STICKYBOARD_TOKEN": running.token}
    done = subprocess.run(
        ["sh", "-euc", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert '"accepted": 1' in done.stdout, done.stderr


def test_marked_blocks_have_a_language_that_is_run():
    assert {block.language for block in BLOCKS if block.is_run} <= {"python", "sh"}
