"""Where static files are linked from: below the prefix at which the request reached the application.

Django adds the prefix to STATIC_URL when the setting is first read. With `uvicorn --root-path` that is before any
request has told the prefix, and every file would be linked from the server's root.
"""

from django.contrib.staticfiles import storage
from django.urls import get_script_prefix
from servestatic.storage import CompressedManifestStaticFilesStorage


class BelowPrefix(storage.StaticFilesStorage):
    """Adds the request's prefix to the address of each file, unless STATIC_URL is on another server or has it."""

    @property
    def base_url(self) -> str:
        """The address of the folder of static files, for the request that is being answered."""
        base: str = super().base_url
        prefix: str = get_script_prefix()
        if not base.startswith("/") or base.startswith(("//", prefix)):
            return base
        return prefix + base.removeprefix("/")


class StaticFiles(BelowPrefix):
    """Serves files under their own names."""


class CollectedFiles(BelowPrefix, CompressedManifestStaticFilesStorage):
    """Serves collected files under names with a hash, compressed."""
