"""The page's JavaScript modules and their URLs.

Collected files have a hash in their names, but modules import one another by their plain names. The page's import
map maps plain URLs to hashed ones. It is inline, so the policy contains its hash.
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
SCRIPTS = ("stickyboard/page/theme.js",)  # runs before the first paint, so it is not a module
SCENES = "stickyboard/page/scenes/"
MAIN = ("stickyboard/page/scene_modules.js", "stickyboard/page/main.js")  # the page's scripts, in order
# `import … from "./a.js"` and `export … from "./a.js"`
IMPORTED = re.compile(r"""^(?:import|export)\b[^"';()]*["'](\.[^"']+)["']""", re.MULTILINE)


class Modules(NamedTuple):
    """The modules of the first paint, the import map ("" for none), and the policy."""

    urls: list[str]
    import_map: SafeString
    policy: str
    embedded_by: list[str]  # origins that may embed the page in a frame


def modules() -> Modules:
    """Return the page's modules, so that a browser fetches all of them at once."""
    urls = {plain_url(name): staticfiles_storage.url(name) for name in module_names()}
    hashed = {plain: url for plain, url in urls.items() if plain != url}
    # Safe to inline: no file name contains "<".
    text = msgspec.json.encode({"imports": hashed}).decode() if hashed else ""
    embedded_by = getattr(settings, "STICKYBOARD_EMBEDDED_BY", [])  # absent in other projects
    policy = policy_of(*([hash_of(text)] if text else []), embedded_by=embedded_by)
    # A missing file disables its scene only.
    first = [url for name in first_modules() if (url := urls.get(plain_url(name)))]
    return Modules(first, mark_safe(text), policy, embedded_by)  # noqa: S308


def plain_url(name: str) -> str:
    """Return the URL of a file without a hash in its name."""
    return f"{staticfiles_storage.base_url}{name}"


def hash_of(text: str) -> str:
    """Return the source expression of an inline script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def module_names() -> tuple[str, ...]:
    """Return the names of all modules in the apps' static folders."""
    return tuple(name for name in found(".js") if name not in SCRIPTS)


@cache
def first_modules() -> tuple[str, ...]:
    """Return the modules that the first paint waits for: the page's own and their imports."""
    seen, pending = dict.fromkeys(MAIN), list(MAIN)  # a dict, because it preserves the order
    while pending:
        name = pending.pop(0)
        path = find(name)
        imports = IMPORTED.findall(Path(path).read_text()) if path else ()
        new = [
            each for path in imports if (each := posixpath.normpath(f"{posixpath.dirname(name)}/{path}")) not in seen
        ]
        seen.update(dict.fromkeys(new))
        pending += new
    return tuple(seen)


@cache
def found(suffix: str) -> tuple[str, ...]:
    """Return the names of the files with this suffix in the apps' static folders, sorted."""
    return tuple(sorted({name for name in _names() if name.startswith(FOLDER) and name.endswith(suffix)}))


def _names() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)
            yield f"{prefix}/{path}" if prefix else path
