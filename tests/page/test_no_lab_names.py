"""No module of the page names a field, an event type or a model of the lab: widgets draw any event."""

import re

from dashboard_project.boards import BOARDS
from dashboard_project.event_types import EVENT_TYPES
from tests.support.server import ROOT

PAGE = ROOT / "broadcast/static/stickyboard/page"
# Words that every board has.
COMMON = {
    "label",
    "labels",
    "name",
    "points",
    "counts",
    "rows",
    "model",
    "x",
    "y",
    "method",
    "bytes",
    "alerts",
    "alert",
}
COMMON |= {"x_label", "score", "probabilities", "shares", "windows", "neighbours", "size_bytes", "truth", "embedding"}


def lab_names() -> set[str]:
    """Return names that only the lab has: event types, their fields with an underscore, and models."""
    names = {kind.name for kind in EVENT_TYPES} | {model for board in BOARDS for model in board.colours}
    names |= {field for kind in EVENT_TYPES for field in kind.fields if "_" in field}
    return names - COMMON


def test_widgets_and_drawing_modules_have_no_names_of_the_lab():
    word = re.compile(r"\b(" + "|".join(sorted(lab_names())) + r")\b")
    found = {
        f"{path.relative_to(PAGE)}:{number}: {line.strip()}"
        for path in [*PAGE.rglob("*.js"), *PAGE.rglob("*.css")]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if word.search(line)
    }
    assert found == set()
