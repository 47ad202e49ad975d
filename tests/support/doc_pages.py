"""Parses the docs into pages, sections and tables, and collects the names in the code to compare them with."""

import dataclasses
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from broadcast import close_codes
from broadcast.conf import Settings
from tests.support.server import ROOT

APPS = ("broadcast", "producers_api", "stickyboard", "dashboard_project")
PAGES = [page for page in [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))] if page.is_file()]
SETTINGS = {field.name: getattr(Settings(), field.name) for field in dataclasses.fields(Settings)}


def read(name: str) -> str:
    return (ROOT / name).read_text()


@cache
def source() -> list[tuple[Path, str]]:
    """Return the apps' modules."""
    return [(path, path.read_text()) for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]


def found_on(find: Callable[[Path], Iterable[str]], paths: Iterable[Path] = PAGES) -> dict[str, list[str]]:
    """Return what `find` finds on each page, without pages on which it finds nothing."""
    found = {str(path.relative_to(ROOT)): sorted(find(path)) for path in paths}
    return {page: names for page, names in found.items() if names}


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of each table row, by the names in backticks in its first cell."""
    found: dict[str, list[str]] = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            for name in re.findall(r"`([^`]+)`", cells[0]):
                found.setdefault(name, cells)
    return found


def section_of(page: str, title: str) -> str:
    """Return the text below a heading, up to the next heading of its level."""
    hashes = "#" * (len(title) - len(title.lstrip("#")))
    _, _, below = page.partition(f"\n{title}\n")
    assert below, f'no "{title}"'
    return re.split(rf"\n{hashes} ", below)[0]


def closes() -> dict[str, int]:
    return {name: code for name, code in vars(close_codes).items() if name.isupper() and isinstance(code, int)}
