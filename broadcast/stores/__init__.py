"""Stores: Django cache backends that also answer `since(cursor)`. Start with `base`."""

from broadcast.stores.base import StickyCache
from broadcast.stores.redis.cache import RedisCache
from broadcast.stores.sqlite.cache import SQLiteCache

__all__ = ["RedisCache", "SQLiteCache", "StickyCache"]
