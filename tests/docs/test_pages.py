"""Links in the docs are valid, named files exist, and each sentence has its own line."""

import re
from functools import cache
from pathlib import Path

from tests.support.doc_pages import APPS, PAGES, found_on
from tests.support.server import ROOT


def test_links_are_valid():
    def broken(page):
        for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text())):
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            is_ours = not re.match(r"[a-z]+:", target)
            if is_ours and (not file.exists() or (anchor and anchor not in anchors(file))):
                yield target

    assert found_on(broken) == {}


def test_named_files_exist():
    folders = "|".join((*APPS, "docs", "tests", "templates", "requirements"))
    path = re.compile(rf"`((?:{folders})/[\w./-]+)`|(?<![\w/])((?:{folders})/[\w/-]+\.(?:py|js|html))\b")

    def missing(page):
        named = map("".join, path.findall(page.read_text()))
        return (name for name in named if not ((ROOT / name).exists() or (ROOT / "templates" / name).exists()))

    assert found_on(missing) == {}


def test_each_sentence_has_its_own_line():
    def crowded(page):
        lines = [line for line in without_blocks(page.read_text()).splitlines() if not line.startswith("|")]
        return (line for line in lines if re.search(r"[a-z0-9`)][.?!](?:\*\*)? [A-Z`]", re.sub(r"^\d+\. ", "", line)))

    assert found_on(crowded, [page for page in PAGES if page.name != "README.md"]) == {}


@cache
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
