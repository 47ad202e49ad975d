"""The store for more than one process or machine: one Redis (7 or newer) or Valkey."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache as DjangoRedisCache

from broadcast.conf import event_types
from broadcast.errors import StoreUnusable
from broadcast.stores.base import Listener, StickyCache, split_key
from broadcast.stores.redis import index, inspect
from broadcast.stores.redis.address import read_address
from broadcast.stores.redis.apply import applying
from broadcast.stores.redis.client import Link, link_of
from broadcast.stores.redis.keys import Layout, Steps
from broadcast.stores.redis.read import reading
from broadcast.types import Applied, Batch, Cursor, Delta, Holding, Kept, Page

T = TypeVar("T")

DEFAULT_PREFIX = "sticky"


class RedisCache(StickyCache, DjangoRedisCache):
    """Keeps the store in the server at LOCATION, under names that begin with KEY_PREFIX ("sticky").

    OPTIONS are those of Django's backend, whose connections it uses. Each keyspace is applied by one
    script; a tick of several is one MULTI, except where a policy looked at what another process then
    changed: that keyspace is decided again and follows. Acknowledged means that the server has
    answered, and how much of that survives the server is the server's setting (`appendonly`).

    Times are the server's own, so that processes whose clocks differ agree on what has expired.
    """

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        addresses = [location] if isinstance(location, str) else list(location)
        DjangoRedisCache.__init__(self, addresses, params)  # a list, as it would cut a text at its commas
        StickyCache.__init__(self, location, params)
        if len(addresses) != 1:
            msg = f"expected one address in LOCATION, got {len(addresses)}"
            raise StoreUnusable(msg, "replicas may be behind, so only the primary is asked")
        self._url = addresses[0]
        read_address(self._url)
        prefix = self.key_prefix or DEFAULT_PREFIX
        self._layout = Layout(prefix, event_types, lambda name: self._bounds(name).ttl_s)

    @property
    def link(self) -> Link:
        """This process's connections to the server, shared by all instances for one address."""
        return link_of(self._url, self._options)

    @property
    def listeners(self) -> set[Listener]:
        return self.link.listeners

    def apply(self, batches: Sequence[Batch]) -> list[Applied]:
        return self._drive(self._applying(batches))

    def since(
        self, cursors: Mapping[str, Cursor | None], unless: Mapping[str, Cursor] | None = None
    ) -> dict[str, Delta]:
        return self._drive(reading(self._layout, cursors, unless or {}))

    def heads(self) -> dict[str, Cursor]:
        return self._drive(index.heads(self._layout))

    async def aapply(self, batches: Sequence[Batch]) -> list[Applied]:
        return await self._awrite(self._applying(batches))

    async def asince(
        self, cursors: Mapping[str, Cursor | None], unless: Mapping[str, Cursor] | None = None
    ) -> dict[str, Delta]:
        return await self._aread(reading(self._layout, cursors, unless or {}))

    async def aheads(self) -> dict[str, Cursor]:
        return await self._aread(index.heads(self._layout))

    def sizes(self) -> dict[str, int]:
        return self._drive(index.sizes(self._layout))

    def holdings(self) -> dict[str, Holding]:
        return self._drive(inspect.holdings(self._layout))

    def page(self, keyspace: str, text: str = "", skip: int = 0, limit: int = 100) -> Page:
        return self._drive(inspect.page(self._layout, keyspace, text, skip, limit))

    def export(self, keyspaces: Sequence[str] | None = None) -> list[Kept]:
        return self._drive(inspect.exporting(self._layout, keyspaces))

    def restore(self, kept: Sequence[Kept]) -> None:
        self._drive(inspect.restoring(self._layout, kept, self._now()))
        self.changed_elsewhere()

    def start_over(self, keyspace: str) -> bool:
        begun = self._drive(inspect.beginning(self._layout, keyspace, self._now()))
        self.changed_elsewhere()
        return begun

    def read(self, keyspace: str, key: str) -> tuple[str, float | None] | None:
        return self._drive(index.finding(self._layout, keyspace, key))

    # Django's own go to plain keys of the server; these go through get, set and delete to entries.
    get_many = BaseCache.get_many
    set_many = BaseCache.set_many
    delete_many = BaseCache.delete_many
    has_key = BaseCache.has_key
    incr = BaseCache.incr

    def _unexpired(self, key: str) -> str | None:
        return self._drive(index.present(self._layout, *split_key(key), self._now()))

    def _applying(self, batches: Sequence[Batch]) -> Steps[list[Applied]]:
        return applying(self._layout, batches, self._now())

    def _now(self) -> float | None:
        # A clock that was passed in counts; without one the scripts ask the server's.
        return None if self.clock is time.time else round(self.clock(), 3)

    def _drive(self, steps: Steps[T]) -> T:
        return self.link.drive(steps)

    async def _awrite(self, steps: Steps[T]) -> T:
        return await asyncio.wrap_future(self.link.submit_write(steps))

    async def _aread(self, steps: Steps[T]) -> T:
        return await asyncio.wrap_future(self.link.submit_read(steps))
