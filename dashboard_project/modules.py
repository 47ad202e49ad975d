"""The page's JavaScript modules: which there are, and under which addresses they are served."""

from collections.abc import Iterator
from functools import cache

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage

FOLDERS = ("broadcast/", "dashboard/")
SCRIPTS = ("dashboard/theme.js",)  # runs before the page is painted, and modules never do


def module_urls() -> list[str]:
    """Return the addresses of all modules, so that a browser fetches them at once and not one by one."""
    return [staticfiles_storage.url(name) for name in module_names()]


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
