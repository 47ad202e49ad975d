"""The page's JavaScript modules and their URLs.

Collected files have a hash in their names, but modules import one another by their plain names. The page's import
map maps plain URLs to hashed ones. It is inline, so the policy contains its hash.
"""

import base64
import hashlib
import posixpath
import re
from collections.abc import Iterator, Sequence
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
SCENES = ("stickyboard/page/scenes/", "stickyboard/page/widgets/")
MAIN = "stickyboard/page/main.js"
LOADER = "stickyboard/page/scene_loader.js"
# `import … from "./a.js"` and `export … from "./a.js"`
IMPORTED = re.compile(r"""^(?:import|export)\b[^"';()]*["'](\.[^"']+)["']""", re.MULTILINE)


class Modules(NamedTuple):
    """The modules of the first paint, the import map ("" for none), the script of the scenes, and the policy."""

    urls: list[str]
    import_map: SafeString
    scene_script: SafeString
    policy: str
    embedded_by: list[str]  # origins that may embed the page in a frame


def modules(scenes: tuple[str, ...]) -> Modules:
    """Return the page's modules, so that a browser fetches all of them at once.

    Args:
        scenes: the names of the modules that draw the board's scenes.
    """
    first = first_modules(scenes)
    urls = {plain_url(name): url_of(name) for name in dict.fromkeys((*module_names(), *first))}
    hashed = {plain: url for plain, url in urls.items() if url and plain != url}
    # Safe to inline: no file name contains "<".
    text = msgspec.json.encode({"imports": hashed}).decode() if hashed else ""
    script = scene_script([name for name in scenes if urls[plain_url(name)]])
    embedded_by = getattr(settings, "STICKYBOARD_EMBEDDED_BY", [])  # absent in other projects
    policy = policy_of(*(hash_of(each) for each in (text, script) if each), embedded_by=embedded_by)
    # A missing file disables its scene only.
    found_first = [url for name in first if (url := urls[plain_url(name)])]
    return Modules(found_first, mark_safe(text), mark_safe(script), policy, embedded_by)  # noqa: S308


def scene_script(scenes: Sequence[str]) -> str:
    """Return a module that imports all scenes' modules together, so that the first paint does not wait for them.

    If one of them is faulty, it does not run. The page then loads each module separately (scene_loader.js).
    """
    imports = [f'import * as m{index} from "{plain_url(name)}";' for index, name in enumerate(scenes)]
    added = [f'modules.set("{name}", m{index});' for index, name in enumerate(scenes)]
    return "\n".join([f'import {{ modules }} from "{plain_url(LOADER)}";', *imports, *added])


def url_of(name: str) -> str:
    """Return the URL of a file; "" if it was not collected, because a missing module affects only its scene."""
    try:
        return str(staticfiles_storage.url(name))
    except ValueError:
        return ""


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
def first_modules(scenes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the modules that the first paint waits for: the page's own, those of the scenes, and their imports."""
    seen = dict.fromkeys((LOADER, *scenes, MAIN))  # a dict, because it preserves the order
    pending = list(seen)
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
