"""The board's style: its sheets joined to one, as over HTTP/1.1 a browser has six requests under way at most.

The address bears a hash of the content, so browsers keep it for good; a changed file gives another one.
"""

import gzip
import hashlib
import logging
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from django.contrib.staticfiles.finders import find
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from broadcast.page.import_map import SCENES, found
from broadcast.page.streamed import takes_gzip

# Later ones overrule those before: a scene's style that of all figures, and the layout that of a scene.
BEFORE_SCENES = ("page/theme", "page/page", "vendor/uplot/uPlot.min", "page/figures", "page/zoom", "page/table")
AFTER_SCENES = ("page/board", "page/menu", "page/layout", "page/print")
# Comments and quoted texts, in which braces mean nothing.
NO_RULES = re.compile(rb"""/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
logger = logging.getLogger(__name__)
FOR_GOOD = "max-age=31536000, public, immutable"


class Sheet(NamedTuple):
    """The joined sheet, plain and compressed, and the name made of its content."""

    name: str
    plain: bytes
    compressed: bytes


@require_safe
async def board_style(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the sheet. Under the name of an older or newer one, as while servers are replaced, it is not kept."""
    sheet = board_sheet()
    is_compressed = takes_gzip(request)
    response = HttpResponse(sheet.compressed if is_compressed else sheet.plain, content_type="text/css; charset=utf-8")
    if is_compressed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ("Accept-Encoding",))
    response["Cache-Control"] = FOR_GOOD if name == sheet.name else "no-store"
    return response


def board_sheet() -> Sheet:
    """Return the sheet as its files are now."""
    return _joined(tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths()))


@cache
def paths() -> tuple[Path, ...]:
    """Return where the sheets are, in the order of the cascade."""
    scenes = [name for name in found(".css") if name.startswith(SCENES)]
    before, after = ([f"stickyboard/{name}.css" for name in names] for names in (BEFORE_SCENES, AFTER_SCENES))
    return tuple(Path(path) for name in (*before, *scenes, *after) if (path := find(name)))


@lru_cache(maxsize=1)
def _joined(_changed: tuple[int, ...]) -> Sheet:
    plain = b"\n".join(text for path in paths() if (text := _sound(path)))
    return Sheet(hashlib.sha256(plain).hexdigest()[:12], plain, gzip.compress(plain, mtime=0))


def _sound(path: Path) -> bytes:
    """Return a sheet, or nothing where it is gone or lacks an end, as it would take the next ones with it."""
    try:
        text = path.read_bytes()
    except OSError as exc:
        logger.error("the board goes without the style sheet %s: %s", path.name, exc)
        return b""
    rules = NO_RULES.sub(b"", text)
    if rules.count(b"{") == rules.count(b"}") and b"/*" not in rules:
        return text
    logger.error("the board goes without the style sheet %s: a brace or comment in it has no end", path.name)
    return b""
