"""Stores: Django cache backends that also answer `since(cursor)`. Start with `base`."""

from broadcast.caches.base import StickyCache
from broadcast.caches.redis import RedisCache
from broadcast.caches.sqlite import SQLiteCache

__all__ = ["RedisCache", "SQLiteCache", "StickyCache"]
