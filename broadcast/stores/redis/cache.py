"""The store for several processes or machines: Redis (7 or newer) or Valkey."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from broadcast.conf import event_types
from broadcast.errors import StoreUnusable
from broadcast.stores.base import Committed, Listener, StickyCache
from broadcast.stores.redis import inspect, read
from broadcast.stores.redis.address import read_address
from broadcast.stores.redis.apply import applying
from broadcast.stores.redis.client import Link, link_of
from broadcast.stores.redis.keys import DEFAULT_PREFIX, Layout, Steps
from broadcast.types import Batch, Cursor, Delta, KeyspaceCopy, KeyspaceStats, Page


class RedisCache(StickyCache):
    """Stores keyspaces in the server at LOCATION, under keys that begin with KEY_PREFIX ("sticky").

    OPTIONS are passed to redis-py's connections. One script applies a tick to a keyspace, and one MULTI applies
    it to several. If a policy read a value that another process has changed since, its keyspace is decided again
    and applied later. An event is acknowledged when the server has answered; whether it survives a crash of the
    server depends on the server's setting `appendonly`.

    All times are the server's, so that processes with different clocks agree on what has expired.
    """

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        addresses = [location] if isinstance(location, str) else list(location)
        if len(addresses) != 1:
            msg = f"expected one address in LOCATION, got {len(addresses)}"
            raise StoreUnusable(msg, "name the primary only: replicas may be behind")
        self._url = addresses[0]
        read_address(self._url)
        self._options = params.get("OPTIONS", {})
        prefix = self.key_prefix or DEFAULT_PREFIX
        self._layout = Layout(prefix, event_types, lambda name: self._bounds(name).ttl_s)

    @property
    def link(self) -> Link:
        """This process's connections to the server, shared by all instances for one address."""
        return link_of(self._url, self._options)

    @property
    def listeners(self) -> set[Listener]:
        return self.link.listeners

    def apply(self, batches: Sequence[Batch]) -> list[Delta]:
        return self.link.drive(self._applying(batches))

    def since(self, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
        return self.link.drive(read.reading(self._layout, cursors))

    def heads(self) -> dict[str, Cursor]:
        return self.link.drive(read.heads(self._layout))

    async def aapply(self, batches: Sequence[Batch]) -> Committed[list[Delta]]:
        return Committed(await asyncio.wrap_future(self.link.submit_write(self._applying(batches))))

    async def asince(self, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
        return await asyncio.wrap_future(self.link.submit_read(read.reading(self._layout, cursors)))

    async def aheads(self) -> dict[str, Cursor]:
        return await asyncio.wrap_future(self.link.submit_read(read.heads(self._layout)))

    def sizes(self) -> dict[str, int]:
        return self.link.drive(read.sizes(self._layout))

    def stats(self) -> dict[str, KeyspaceStats]:
        return self.link.drive(inspect.stats(self._layout))

    def page(self, keyspace: str, text: str = "", skip: int = 0, limit: int = 100) -> Page:
        return self.link.drive(inspect.page(self._layout, keyspace, text, skip, limit))

    def export(self, keyspaces: Sequence[str] | None = None) -> list[KeyspaceCopy]:
        return self.link.drive(inspect.exporting(self._layout, keyspaces))

    def restore(self, copies: Sequence[KeyspaceCopy]) -> None:
        self.link.drive(inspect.restoring(self._layout, copies))
        self.changed_elsewhere()

    def reset(self, keyspace: str) -> bool:
        begun = self.link.drive(inspect.beginning(self._layout, keyspace))
        self.changed_elsewhere()
        return begun

    def read(self, keyspace: str, key: str) -> tuple[str, float | None] | None:
        return self.link.drive(read.finding(self._layout, keyspace, key))

    def read_unexpired(self, keyspace: str, key: str) -> str | None:
        return self.link.drive(read.present(self._layout, keyspace, key))

    def _applying(self, batches: Sequence[Batch]) -> Steps[list[Delta]]:
        return applying(self._layout, batches, self.limits)  # overridden by stores that record what they apply
