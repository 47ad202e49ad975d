"""Links in the docs lead somewhere, files that are named are there, and a line is a sentence."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import APPS, PAGES
from tests.support.server import ROOT


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    folders = "|".join((*APPS, "docs", "tests", "templates", "requirements"))
    text = page.read_text()
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`|\b((?:{folders})/[\w/-]+\.(?:py|js|html))\b", text):
        assert (ROOT / "".join(path)).exists(), path


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "README.md"], ids=lambda page: page.name)
def test_text_has_one_sentence_per_line(page):
    lines = [line for line in without_blocks(page.read_text()).splitlines() if not line.startswith("|")]
    assert not [line for line in lines if re.search(r"[a-z0-9`)][.?!](?:\*\*)? [A-Z`]", re.sub(r"^\d+\. ", "", line))]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are made where Markdown is shown."""
    titles = re.findall(r"^#+ (.+)$", without_blocks(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
