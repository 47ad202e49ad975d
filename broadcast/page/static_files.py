"""Static files, whose URLs include the path prefix of the current request.

Django adds the prefix to STATIC_URL when the setting is first read. With `uvicorn --root-path` this happens before
the first request has set the prefix, and every URL would start at the server's root.
"""

import hashlib
import logging
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.staticfiles import finders, storage
from django.core.management import call_command
from django.urls import get_script_prefix
from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage

from broadcast.page.bundle import FOLDER, SOURCES, build, find_esbuild, is_current
from broadcast.stores.private_files import write_private

logger = logging.getLogger(__name__)

RECORD = "collected"  # what was collected last; beside the folder, because all files in it are public


class ServeFiles(ServeStaticMiddleware):
    """Lists no files at the start that it looks up at each request: that takes a tenth of a second."""

    def add_files_from_finders(self) -> None:
        if not self.autorefresh:
            super().add_files_from_finders()
            return
        for finder in finders.get_finders():
            for source in finder.storages.values():
                self.insert_directory(source.location, self.static_prefix)


class StaticFiles(storage.StaticFilesStorage):
    """Serves files under their own names.

    Adds the request's prefix to each URL, unless STATIC_URL is on another server or already has the prefix.
    """

    @property
    def base_url(self) -> str:
        base: str = super().base_url
        prefix: str = get_script_prefix()
        if not base.startswith("/") or base.startswith(("//", prefix)):
            return base
        return prefix + base.removeprefix("/")


class CollectedFiles(StaticFiles, CompressedManifestStaticFilesStorage):
    """Serves collected files under names with a hash, compressed.

    `collectstatic` bundles the page's scripts if esbuild is installed. Otherwise the bundle of a wheel is used, unless
    the project replaces one of its modules. Its scripts import one another under their hashed names, so that a page
    needs no import map for them. `embed.js` does not, because pages of a project map its modules to plain names.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (f"{FOLDER}/[!e]*.js", ((r'(?P<matched>from\s*"(?P<url>[./]+/(?:core|main)\.js)")', 'from"%(url)s"'),)),
    )

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Bundle before the names get their hashes."""
        if not dry_run:
            paths = {name: found for name, found in paths.items() if not name.startswith(f"{FOLDER}/")}
            paths |= {name: (self, name) for name in self._bundle()}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _bundle(self) -> list[str]:
        static = Path(self.location)
        if esbuild := find_esbuild(Path.cwd()):
            try:
                return build(static, esbuild)
            except (OSError, subprocess.CalledProcessError) as exc:
                logger.error("the page's scripts are not bundled: %s", exc)
        elif is_current(static / SOURCES, lambda name: static / name):
            return [str(path.relative_to(static)) for path in (static / FOLDER).rglob("*.*")]
        shutil.rmtree(static / FOLDER, ignore_errors=True)
        return []

    @property
    def has_bundle(self) -> bool:
        return SOURCES in self.hashed_files


def collect_changed_files() -> None:
    """Run `collectstatic` if a file was changed, added or removed: it takes a second."""
    target, seen = Path(settings.STATIC_ROOT), versions()
    record = target.with_name(RECORD)
    if target.is_dir() and record.exists() and record.read_text() == seen:
        return
    record.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    write_private(record, seen)


def versions() -> str:
    """Return a digest of the files' names, sizes and times of change, and of what processes them."""
    found = [django.__version__, settings.STORAGES["staticfiles"]["BACKEND"], str(find_esbuild(Path.cwd()))]
    for finder in finders.get_finders():
        for name, source in finder.list([]):
            facts = Path(source.path(name)).stat()
            found.append(f"{name} {facts.st_mtime_ns} {facts.st_size}")
    return hashlib.sha256("\n".join(found).encode()).hexdigest()
