"""Static files storages whose URLs include the path prefix of the current request.

Django adds the prefix to STATIC_URL when the setting is first read. With `uvicorn --root-path` this happens before
the first request has set the prefix, and every URL would start at the server's root.
"""

from django.contrib.staticfiles import storage
from django.urls import get_script_prefix
from servestatic.storage import CompressedManifestStaticFilesStorage


class BelowPrefix(storage.StaticFilesStorage):
    """Adds the request's prefix to each URL, unless STATIC_URL is on another server or already has the prefix."""

    @property
    def base_url(self) -> str:
        """The base URL of static files for the current request."""
        base: str = super().base_url
        prefix: str = get_script_prefix()
        if not base.startswith("/") or base.startswith(("//", prefix)):
            return base
        return prefix + base.removeprefix("/")


class StaticFiles(BelowPrefix):
    """Serves files under their own names."""


class CollectedFiles(BelowPrefix, CompressedManifestStaticFilesStorage):
    """Serves collected files under names with a hash, compressed."""
