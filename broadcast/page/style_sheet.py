"""The board's style sheets joined into one, because over HTTP/1.1 a browser makes at most six requests at a time.

The URL contains a hash of the content, so browsers cache it without a limit; a changed file changes the URL.
"""

import gzip
import hashlib
import logging
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from django.contrib.staticfiles.finders import find
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from broadcast import conf
from broadcast.page.compressed_response import accepts_gzip
from broadcast.page.import_map import SCENES, found
from broadcast.page.scenes import own_modules, placed

# Later sheets override earlier ones: a scene's sheet overrides the figures', and the layout overrides the scenes'.
BEFORE_SCENES = (
    *("page/theme", "page/page", "vendor/uplot/uPlot.min"),
    *("page/figures", "page/cells", "page/zoom", "page/chart", "page/table", "page/tiles"),
)
AFTER_SCENES = ("page/board", "page/menu", "page/phone_bar", "page/layout", "page/print")
# Comments and strings, whose braces do not count.
NOT_RULES = re.compile(rb"""/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
SPACING = re.compile(NOT_RULES.pattern + rb"|\s*\n\s*", re.DOTALL)
logger = logging.getLogger(__name__)
IMMUTABLE = "max-age=31536000, public, immutable"


class Sheet(NamedTuple):
    """The joined sheet, plain and compressed, and the name derived from its content."""

    name: str
    plain: bytes
    compressed: bytes


@require_safe
async def board_style(request: HttpRequest, name: str) -> HttpResponse:
    return sheet_response(request, board_sheet(), name)


def sheet_response(request: HttpRequest, sheet: Sheet, name: str) -> HttpResponse:
    """Return a sheet. Under another version's name, for example during an upgrade, it is not cached."""
    is_compressed = accepts_gzip(request)
    response = HttpResponse(sheet.compressed if is_compressed else sheet.plain, content_type="text/css; charset=utf-8")
    if is_compressed:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ("Accept-Encoding",))
    response["Cache-Control"] = IMMUTABLE if name == sheet.name else "no-store"
    return response


def board_sheet() -> Sheet:
    """Return the sheet, joined again if a file has changed."""
    return _joined(tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths()))


@cache
def paths() -> tuple[Path, ...]:
    """Return the paths of the sheets, in the order of the cascade."""
    scenes = [name for name in found(".css") if name.startswith(SCENES)]
    before, after = ([f"stickyboard/{name}.css" for name in names] for names in (BEFORE_SCENES, AFTER_SCENES))
    event_types = conf.event_types()
    modules = own_modules(scene for board in conf.board_layouts().values() for scene in placed(board, event_types))
    own = [f"{module.removesuffix('.js')}.css" for module in modules]
    return tuple(Path(path) for name in (*before, *scenes, *after, *own) if (path := find(name)))


@lru_cache(maxsize=1)
def _joined(_changed: tuple[int, ...]) -> Sheet:
    return sheet_of(joined(paths()))


def sheet_of(plain: bytes) -> Sheet:
    return Sheet(hashlib.sha256(plain).hexdigest()[:12], plain, gzip.compress(plain, mtime=0))


def joined(files: Iterable[Path]) -> bytes:
    """Return the texts of sheets without comments and indentation, and without those that would break others.

    The first paint waits for the sheet, which is then a quarter smaller.
    """
    return SPACING.sub(_shortened, b"\n".join(text for path in files if (text := _balanced(path))))


def _shortened(found: re.Match[bytes]) -> bytes:
    """Return a string as it is; a comment separates what is before and behind it, also if it is empty."""
    text = found[0]
    return b"/**/" if text.startswith(b"/*") else b"\n" if text.isspace() else text


def _balanced(path: Path) -> bytes:
    """Return a sheet, or nothing if it is missing or unbalanced, because it would break the sheets after it."""
    try:
        text = path.read_bytes()
    except OSError as exc:
        logger.error("left out the style sheet %s: %s", path.name, exc)
        return b""
    rules = NOT_RULES.sub(b"", text)
    if rules.count(b"{") == rules.count(b"}") and b"/*" not in rules:
        return text
    logger.error("left out the style sheet %s: it has an unbalanced brace or comment", path.name)
    return b""
