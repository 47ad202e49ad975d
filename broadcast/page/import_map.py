"""The page's JavaScript modules: which there are, and under which addresses they are served.

Collected files bear a hash in their names, but modules import one another by the plain ones. The
page's import map leads from these to those; it is inline, so the policy names its hash.
"""

import base64
import hashlib
import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from django.conf import settings
from django.contrib.staticfiles.finders import find, get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.safestring import SafeString, mark_safe

from broadcast.page.csp import policy_of

FOLDER = "stickyboard/"
SCRIPTS = ("stickyboard/page/theme.js",)  # runs before the page is painted, and modules never do
SCENES = "stickyboard/page/scenes/"
MAIN = ("stickyboard/page/scene_modules.js", "stickyboard/page/main.js")  # the page's scripts, in their order
# `import … from "./a.js"` and `export … from "./a.js"`
IMPORTED = re.compile(r"""^(?:import|export)\b[^"';()]*["'](\.[^"']+)["']""", re.MULTILINE)


class Modules(NamedTuple):
    """What a page says: the modules of its first paint, its import map ("" for none), and its policy."""

    urls: list[str]
    import_map: SafeString
    policy: str
    embedded_by: list[str]  # origins whose pages may show it in a frame


def modules() -> Modules:
    """Return what the page says of its modules, so that a browser fetches them at once."""
    urls = {plain_url(name): staticfiles_storage.url(name) for name in module_names()}
    hashed = {plain: url for plain, url in urls.items() if plain != url}
    # Names of files in the code; none has a "<".
    text = msgspec.json.encode({"imports": hashed}).decode() if hashed else ""
    embedded_by = getattr(settings, "STICKYBOARD_EMBEDDED_BY", [])  # a project of its own may not have it
    policy = policy_of(*([hash_of(text)] if text else []), embedded_by=embedded_by)
    # A file that is missing takes its own scene from the page, not the page.
    first = [url for name in first_modules() if (url := urls.get(plain_url(name)))]
    return Modules(first, mark_safe(text), policy, embedded_by)  # noqa: S308


def plain_url(name: str) -> str:
    """Return where a file would be served without a hash in its name."""
    return f"{staticfiles_storage.base_url}{name}"


def hash_of(text: str) -> str:
    """Return an inline script's hash as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def module_names() -> tuple[str, ...]:
    """Return the names of all modules in the apps' static folders."""
    return tuple(name for name in found(".js") if name not in SCRIPTS)


@cache
def first_modules() -> tuple[str, ...]:
    """Return the names of the modules that the first paint waits for: the page's, and what they import in turn."""
    met, next_ones = dict.fromkeys(MAIN), list(MAIN)  # a dict, as it keeps the order
    while next_ones:
        name = next_ones.pop(0)
        path = find(name)
        imports = IMPORTED.findall(Path(path).read_text()) if path else ()
        new = [each for path in imports if (each := posixpath.normpath(f"{posixpath.dirname(name)}/{path}")) not in met]
        met.update(dict.fromkeys(new))
        next_ones += new
    return tuple(met)


@cache
def found(suffix: str) -> tuple[str, ...]:
    """Return the names of the files of a kind in the apps' static folders, in order."""
    return tuple(sorted({name for name in _names() if name.startswith(FOLDER) and name.endswith(suffix)}))


def _names() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)
            yield f"{prefix}/{path}" if prefix else path
