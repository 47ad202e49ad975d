"""The boards' style sheet for shadow roots in other pages.

In a shadow root, nothing is `:root` or `body`, `rem` and the viewport are those of the page around it, and `@property`
has no effect. This derives a sheet in which `.embed-root` replaces the page, `var(--rem)` is the size of its text, and
the width of its container is that of the page.
"""

import re
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from broadcast.page.style_sheet import Sheet, board_sheet, joined, paths, sheet_of, sheet_response

LEFT_OUT = ("page/print.css",)
OWN = "stickyboard/page/embed.css"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PROPERTY = re.compile(r"@property[^{]*\{[^}]*\}")
# "body" and "html" as selectors, and not within ".scene-body"
PAGE = re.compile(r":root|(?<![\w.#-])(?:body|html)(?![\w-])(?=[^{}]*\{)")
WIDTH = re.compile(r"@media (?=\([^)]*width)(?![^{]* and )")
CONDITION = re.compile(r"@(?:media|container)[^{]*")
REM = re.compile(r"(?<![\w.-])(-?\d*\.?\d+)rem\b")
REM_PX = 16


@require_safe
async def embed_style(request: HttpRequest, name: str) -> HttpResponse:
    return sheet_response(request, embed_sheet(), name)


def embed_sheet() -> Sheet:
    """Return the sheet, derived again if a file has changed."""
    return _derived(board_sheet().name, Path(find(OWN) or "").stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _derived(_board: str, _changed: int) -> Sheet:
    kept = [path for path in (*paths(), Path(find(OWN) or "")) if not str(path).endswith(LEFT_OUT)]
    return sheet_of(derived(joined(kept).decode()).encode())


def derived(sheet: str) -> str:
    sheet = PROPERTY.sub("", COMMENT.sub("", sheet))
    sheet = WIDTH.sub("@container page ", PAGE.sub(".embed-root", sheet))
    conditions = CONDITION.findall(sheet)
    rest = [REM.sub(r"calc(\1 * var(--rem))", part) for part in CONDITION.split(sheet)]
    fixed = [REM.sub(lambda found: f"{float(found[1]) * REM_PX:g}px", each) for each in conditions]
    return "".join(part for pair in zip(rest, [*fixed, ""], strict=True) for part in pair)
