"""docs/guarantees.md: every promise has figures, and a command that exists and selects tests that exist."""

import importlib.util
import inspect
import re
import shlex

import pytest

from broadcast.testing import guarantees
from stickyboard.cli.main import COMMANDS
from tests.support.doc_pages import read, section_of
from tests.support.server import ROOT

PAGE = read("docs/guarantees.md")
PROMISES = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in section_of(PAGE, "## What is promised").splitlines()
    if line.startswith("| **")
]


def words_of(command: str) -> list[str]:
    return [word for word in shlex.split(command) if "=" not in word or word.startswith("-")]


def exists(command: str) -> bool:
    program, *words = words_of(command)
    files = [word for word in words if word.startswith(("tests/", "docs/"))]
    if not all((ROOT / file).exists() for file in files):
        return False
    if program == "pytest":
        return bool(files) and selects(words, files)
    if program == "python":
        return words[0] == "-m" and importlib.util.find_spec(words[1]) is not None
    if program == "make":
        return f"\n{words[0]}:" in read("Makefile")
    return (program == "stickyboard" and words[0] in COMMANDS) or (program == "npx" and bool(files))


def selects(words: list[str], files: list[str]) -> bool:
    """Whether a test's name contains the text of `-k`."""
    if "-k" not in words:
        return True
    names = [name for file in files for name in re.findall(r"def (test_\w+)", (ROOT / file).read_text())]
    return any(words[words.index("-k") + 1] in name for name in names)


def test_the_six_guarantees_are_promised_in_order():
    names = [name.replace("_", "-") for name, _ in inspect.getmembers(guarantees, inspect.isfunction)]
    promised = [row[0].strip("*").split("**")[0].lower().replace(" ", "-") for row in PROMISES[:6]]
    assert promised == ["ordered", "unique", "gap-free", "replay-first", "atomic", "resumable"]
    assert set(promised) <= set(names)


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: row[0].strip("*").split("**")[0])
def test_a_promise_is_checked_by_commands_that_exist(row):
    promise, checked, figures, commands = row
    found = re.findall(r"`([^`]+)`", commands)
    assert all((promise, checked, re.search(r"\d", figures), found))
    assert [command for command in found if not exists(command)] == []


@pytest.mark.parametrize("command", ["pytest tests/none.py", "python -m tests.none", "make none", "rm -r tests"])
def test_a_command_that_does_not_exist_is_found(command):
    assert not exists(command)


def test_a_selection_of_no_test_is_found():
    assert not exists("pytest tests/docs/test_guarantees.py -k no_such_name_anywhere")
