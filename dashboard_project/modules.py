"""The page's JavaScript modules: which there are, and under which addresses they are served.

Collected files bear a hash in their names, but modules import one another by the plain ones. The
page's import map leads from these to those; it is inline, so the policy names its hash.
"""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.safestring import SafeString, mark_safe

from dashboard_project.csp import policy_of

FOLDERS = ("broadcast/", "dashboard/")
SCRIPTS = ("dashboard/theme.js",)  # runs before the page is painted, and modules never do


class Modules(NamedTuple):
    """What a page says of its modules: all addresses, its import map ("" for none), and its policy."""

    urls: list[str]
    import_map: SafeString
    policy: str


def modules() -> Modules:
    """Return what the page says of its modules, so that a browser fetches them at once and not one by one."""
    urls = {plain_url(name): staticfiles_storage.url(name) for name in module_names()}
    hashed = {plain: url for plain, url in urls.items() if plain != url}
    # Names of files in the code; none has a "<".
    text = msgspec.json.encode({"imports": hashed}).decode() if hashed else ""
    return Modules(list(urls.values()), mark_safe(text), policy_of(*([hash_of(text)] if text else [])))  # noqa: S308


def plain_url(name: str) -> str:
    """Return where a file would be served without a hash in its name."""
    return f"{staticfiles_storage.base_url}{name}"


def hash_of(text: str) -> str:
    """Return an inline script's hash as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def module_names() -> tuple[str, ...]:
    """Return the names of all modules in the apps' static folders."""
    return tuple(sorted(set(_found()) - set(SCRIPTS)))


def _found() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            prefix = getattr(storage, "prefix", None)
            name = f"{prefix}/{path}" if prefix else path
            if name.startswith(FOLDERS) and name.endswith(".js"):
                yield name
