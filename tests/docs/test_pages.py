"""Links in the docs are valid, named files exist, and each sentence has its own line."""

import re
from pathlib import Path

import pytest

from tests.support.doc_pages import APPS, PAGES
from tests.support.server import ROOT


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_are_valid(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page):
    folders = "|".join((*APPS, "docs", "tests", "templates", "requirements"))
    text = page.read_text()
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`|\b((?:{folders})/[\w/-]+\.(?:py|js|html))\b", text):
        assert (ROOT / "".join(path)).exists(), path


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "README.md"], ids=lambda page: page.name)
def test_each_sentence_has_its_own_line(page):
    lines = [line for line in without_blocks(page.read_text()).splitlines() if not line.startswith("|")]
    assert not [line for line in lines if re.search(r"[a-z0-9`)][.?!](?:\*\*)? [A-Z`]", re.sub(r"^\d+\. ", "", line))]


def anchors(page: Path) -> set[str]:
    """Return the anchors that Markdown renderers derive from a page's headings."""
    titles = re.findall(r"^#+ (.+)$", without_blocks(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def test_index_lists_every_page():
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [str(page.relative_to(ROOT / "docs")) for page in PAGES if page.parent.parent == ROOT / "docs"]
    assert [page for page in pages if not page.startswith("decisions/") and f"]({page})" not in index] == []
