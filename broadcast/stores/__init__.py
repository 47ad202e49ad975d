"""Stores: Django cache backends with `apply`, `since` and `heads`. Start with `base`."""

from broadcast.stores.base import StickyCache
from broadcast.stores.redis.cache import RedisCache
from broadcast.stores.sqlite.cache import SQLiteCache

__all__ = ["RedisCache", "SQLiteCache", "StickyCache"]
