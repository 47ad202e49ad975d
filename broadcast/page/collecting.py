"""Collects the static files when a server starts, unless none has changed since the last time."""

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from broadcast.page.bundle import find_esbuild
from broadcast.stores.private_files import write_private

RECORD = "collected"  # what was collected last; beside the folder, because all files in it are public


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
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            found.append(f"{name} {facts.st_mtime_ns} {facts.st_size}")
    return hashlib.sha256("\n".join(found).encode()).hexdigest()
