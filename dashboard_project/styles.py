"""The board's style: its sheets joined to one, as over HTTP/1.1 a browser has six requests under way at most.

The address bears a hash of the content, so browsers keep it for good; a changed file gives another one.
"""

import gzip
import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from django.contrib.staticfiles.finders import find
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from broadcast.streamed import takes_gzip
from dashboard_project.modules import SCENES, found

# Later ones overrule those before: a scene's style that of all figures, and the layout that of a scene.
BEFORE_SCENES = ("theme", "page", "vendor/uplot/uPlot.min", "figures", "zoom", "table")
AFTER_SCENES = ("board", "menu", "layout", "print")
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
    return _joined(tuple(path.stat().st_mtime_ns for path in paths()))


@cache
def paths() -> tuple[Path, ...]:
    """Return where the sheets are, in the order of the cascade."""
    scenes = [name for name in found(".css") if name.startswith(SCENES)]
    before, after = ([f"dashboard/{name}.css" for name in names] for names in (BEFORE_SCENES, AFTER_SCENES))
    return tuple(Path(str(find(name))) for name in (*before, *scenes, *after))


@lru_cache(maxsize=1)
def _joined(_changed: tuple[int, ...]) -> Sheet:
    plain = b"\n".join(path.read_bytes() for path in paths())
    return Sheet(hashlib.sha256(plain).hexdigest()[:12], plain, gzip.compress(plain, mtime=0))
