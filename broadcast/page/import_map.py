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

from broadcast.page import bundle
from broadcast.page.csp import policy_of

FOLDER = "stickyboard/"
SCRIPTS = ("stickyboard/page/theme.js",)  # runs before the first paint, so it is not a module
SCENES = "stickyboard/page/widgets/"
MAIN = "stickyboard/page/main.js"
CONTROLS = "stickyboard/page/controls.js"
EMBED = "stickyboard/page/embed.js"
LOADER = "stickyboard/page/scene_loader.js"
API = "stickyboard/page/api.js"  # modules of other apps import it as "stickyboard"
# `import … from "./a.js"` and `export … from "./a.js"`
IMPORTED = re.compile(r"""^(?:import|export)\b[^"';()]*["'](\.[^"']+)["']""", re.MULTILINE)


class Modules(NamedTuple):
    """The URLs of the page's scripts, the inline scripts ("" for none), and the policy."""

    main: str
    controls: str
    first: list[str]  # the modules of the first paint, so that a browser requests all of them at once
    import_map: SafeString
    scene_script: SafeString
    policy: str
    embedded_by: list[str]  # origins that may embed the page in a frame

    @property
    def preloads(self) -> list[str]:
        """Return values of a `Link` header, with which browsers request the scripts before they read the page.

        None if the page has an import map, which older browsers ignore behind a preloaded module, or separate modules,
        which are too many for a header.
        """
        if self.import_map or not bundled():
            return []
        theme = f"<{url_of(SCRIPTS[0])}>; rel=preload; as=script"
        return [theme, *(f"<{url}>; rel=modulepreload" for url in self.first)]


def modules(scenes: tuple[str, ...], own: tuple[str, ...] = ()) -> Modules:
    """Return the page's modules.

    Args:
        scenes: the names of the modules that draw the board's scenes.
        own: the names of modules of other apps, which the page loads when it needs them. They import the page's
            functions as "stickyboard", and may import others from their folders.
    """
    beside = [name for module in own for name in found(".js", f"{posixpath.dirname(module)}/")]
    urls = {plain_url(name): url_of(name) for name in (*own, *beside)}
    page = _bundled(scenes, urls) if bundled() else _separate(scenes, urls)
    return page._replace(first=[*page.first, *(url for name in own if (url := urls[plain_url(name)]))])


class EmbedModules(NamedTuple):
    """The URL of the script that draws scenes in other pages, and an import map; "" if none is needed."""

    main: str
    import_map: SafeString


def embed_modules(own: tuple[str, ...]) -> EmbedModules:
    """Return the scripts for scenes in a page whose policy may not permit inline scripts.

    Without an import map, modules import one another by their plain names, which are also served. Only modules of other
    apps, which import "stickyboard", need one.
    """
    main = bundle.EMBED if bundled() else EMBED
    if not own:
        return EmbedModules(url_of(main), SafeString(""))
    api = plain_url(bundle.api_name(API) if bundled() else API)
    imports = {"stickyboard": api}
    if bundled():
        imports |= {plain_url(name): plain_url(bundle.api_name(name)) for name in bundled()}
    text = msgspec.json.encode({"imports": imports}).decode()
    return EmbedModules(url_of(main), mark_safe(text))  # noqa: S308  # no file name contains "<"


def _separate(scenes: tuple[str, ...], own: dict[str, str]) -> Modules:
    first = first_modules(scenes)
    urls = {plain_url(name): url_of(name) for name in dict.fromkeys((*module_names(), *first))}
    # A missing file disables its scene only.
    found_first = [url for name in first if (url := urls[plain_url(name)])]
    script = scene_script([name for name in scenes if urls[plain_url(name)]])
    return _modules(MAIN, CONTROLS, found_first, {**urls, **_named(urls, own)}, script)


def _bundled(scenes: tuple[str, ...], own: dict[str, str]) -> Modules:
    others = [name for name in scenes if name not in bundled() and url_of(name)]
    # CollectedFiles writes the hashed names into the bundle.
    mapped = () if hasattr(staticfiles_storage, "has_bundle") else (bundle.CORE, bundle.MAIN)
    urls = {plain_url(name): url_of(name) for name in (*mapped, *others)}
    if others or own:  # they may import any of the page's modules
        urls |= {plain_url(name): url_of(bundle.api_name(name)) for name in bundled()}
    script = scene_script(others) if others else ""
    first = [url_of(name) for name in (bundle.CORE, bundle.MAIN, *others)]
    return _modules(bundle.MAIN, bundle.CONTROLS, first, {**urls, **_named(urls, own)}, script)


def _named(urls: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Return what other apps' modules need in the import map."""
    return {"stickyboard": urls[plain_url(API)], **own} if own else {}


def _modules(main: str, controls: str, first: list[str], urls: dict[str, str], script: str) -> Modules:
    mapped = {plain: url for plain, url in urls.items() if url and plain != url}
    # Safe to inline: no file name contains "<".
    text = msgspec.json.encode({"imports": mapped}).decode() if mapped else ""
    embedded_by = getattr(settings, "STICKYBOARD_EMBEDDED_BY", [])  # absent in other projects
    policy = policy_of(*(script_source(each) for each in (text, script) if each), embedded_by=embedded_by)
    import_map, scene_script = mark_safe(text), mark_safe(script)  # noqa: S308
    return Modules(url_of(main), url_of(controls), first, import_map, scene_script, policy, embedded_by)


@cache
def bundled() -> frozenset[str]:
    """Return the names of the modules in core.js; none if the page loads its modules separately."""
    has_bundle = getattr(staticfiles_storage, "has_bundle", None)
    path = staticfiles_storage.path(bundle.SOURCES) if has_bundle else find(bundle.SOURCES)
    if has_bundle is None:  # another storage, or files that are not collected
        has_bundle = path and url_of(bundle.MAIN) and bundle.is_current(Path(path), find)
    return bundle.core_modules(Path(path).read_bytes()) if has_bundle else frozenset()


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


def script_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def module_names() -> tuple[str, ...]:
    """Return the names of all modules in the apps' static folders."""
    return tuple(name for name in found(".js") if name not in SCRIPTS and not name.startswith(f"{bundle.FOLDER}/"))


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
def found(suffix: str, folder: str = FOLDER) -> tuple[str, ...]:
    """Return the names of the files with this suffix in a folder of the apps' static files, sorted."""
    return tuple(sorted({name for name in _names() if name.startswith(folder) and name.endswith(suffix)}))


def _names() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)
            yield f"{prefix}/{path}" if prefix else path
