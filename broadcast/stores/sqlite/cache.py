"""The embedded default: one SQLite file, without a server, shared by the processes of one machine."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from broadcast.errors import StoreUnusable
from broadcast.stores.base import Committed, Listener, StickyCache
from broadcast.stores.notify import Subscription
from broadcast.stores.sqlite import copy, inspect, read
from broadcast.stores.sqlite.apply import Keyspace
from broadcast.stores.sqlite.connect import MEMORY
from broadcast.stores.sqlite.engine import Engine, close_engines, engine_of
from broadcast.types import Batch, Cursor, Cursors, Delta, KeyspaceCopy, KeyspaceStats, Page

T = TypeVar("T")

SMALL_WRITES: Final = 8
SMALL_CHARACTERS: Final = 64 * 1024


class SQLiteCache(StickyCache):
    """Stores keyspaces in the file at LOCATION, or with `":memory:"` in this process only.

    There is one transaction per tick, in the writer thread of the process, or in the event loop if it is small. With
    OPTIONS `{"synchronous": "FULL"}` (the default), an event is acknowledged after an fsync, and survives a power
    failure. With "NORMAL" it is acknowledged after the commit, and survives a crash of the process, but perhaps not of
    the machine. If changes that browsers have may be lost with the machine's power, the next opening begins new epochs;
    see `boot`.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(str(location), params)
        if not self.location:
            raise StoreUnusable('CACHES needs a LOCATION: a file of its own, or ":memory:"')
        self._synchronous = params.get("OPTIONS", {}).get("synchronous", "FULL")
        if self._synchronous not in ("FULL", "NORMAL"):
            raise StoreUnusable(f'expected OPTIONS["synchronous"] to be "FULL" or "NORMAL", got "{self._synchronous}"')
        self.is_on_disk = not self.location.startswith(MEMORY)

    @property
    def engine(self) -> Engine:
        """This process's connections to the file, shared by all instances for one location."""
        return engine_of(self.location, self._synchronous)

    @property
    def listeners(self) -> set[Listener]:
        return self.engine.listeners

    def prepare(self) -> None:
        self.engine.prepare()

    def apply(self, batches: Sequence[Batch]) -> list[Delta]:
        committed = self.engine.submit_commit(self._applying(batches)).result()
        self._notify(_changed_heads(committed.result))
        return committed.wait()

    def since(self, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
        return self.engine.submit_read(lambda db: read.deltas_since(db, cursors)).result()

    def heads(self) -> dict[str, Cursor]:
        return self.engine.submit_read(read.heads).result()

    def stamp(self) -> Hashable | None:
        return self.engine.stamp()

    async def aapply(self, batches: Sequence[Batch]) -> Committed[list[Delta]]:
        if _is_small(batches) and (committed := self.engine.commit_now(self._applying(batches))):
            asyncio.get_running_loop().call_soon(self._after_delivery, committed.result)
            return committed
        commit = self.engine.submit_commit(self._applying(batches))
        waiting = asyncio.wrap_future(commit)
        commit.add_done_callback(self._notify_of)  # in the writer thread, after it has woken this event loop
        committed = await waiting
        if any(batch.writes for batch in batches) or any(delta.has_changes for delta in committed.result):
            return committed
        return Committed(committed.result)  # nothing expired, and an idle process writes nothing to the disk

    async def asince(self, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
        return await asyncio.wrap_future(self.engine.submit_read(lambda db: read.deltas_since(db, cursors)))

    async def aheads(self) -> dict[str, Cursor]:
        return await asyncio.wrap_future(self.engine.submit_read(read.heads))

    def sizes(self) -> dict[str, int]:
        return self.engine.submit_read(read.sizes).result()

    def stats(self) -> dict[str, KeyspaceStats]:
        return self.engine.submit_read(inspect.stats).result()

    def page(self, keyspace: str, text: str = "", skip: int = 0, limit: int = 100) -> Page:
        return self.engine.submit_read(lambda db: inspect.page(db, keyspace, text, skip, limit)).result()

    def export(self, keyspaces: Sequence[str] | None = None) -> list[KeyspaceCopy]:
        return self.engine.submit_read(lambda db: copy.export(db, keyspaces)).result()

    def restore(self, copies: Sequence[KeyspaceCopy]) -> None:
        now = self.clock()
        self._replace(lambda db: copy.restore(db, copies, now))

    def audit(self) -> list[str]:
        rings = [name for name in self.heads() if self._bounds(name).per_lane is not None]
        return self.engine.submit_read(lambda db: inspect.contradictions(db, rings)).result()

    def reset(self, keyspace: str) -> bool:
        now = self.clock()
        return self._replace(lambda db: Keyspace.find(db, keyspace, now).reset())

    def shut_down(self) -> None:
        if self.is_on_disk:
            close_engines(self.location)

    def read(self, keyspace: str, key: str) -> tuple[str, float | None] | None:
        return self.engine.submit_read(lambda db: read.value_of(db, keyspace, key)).result()

    def read_unexpired(self, keyspace: str, key: str) -> str | None:
        text, expires_at = self.read(keyspace, key) or (None, None)
        return None if expires_at is not None and expires_at <= self.clock() else text

    def subscribe(self, take: Callable[[Cursors | None], None]) -> Subscription | None:
        return self.engine.notifier.subscribe(take) if self.is_on_disk else None

    def _replace(self, work: Callable[[Any], T]) -> T:
        committed = self.engine.submit_commit(work).result()
        self._notify(None)
        result = committed.wait()
        self.changed_elsewhere()
        return result

    def _notify_of(self, commit: Future[Committed[list[Delta]]]) -> None:
        if not (commit.cancelled() or commit.exception()):
            self._notify(_changed_heads(commit.result().result))

    def _after_delivery(self, deltas: Sequence[Delta]) -> None:
        self._notify(_changed_heads(deltas))
        self.engine.shorten_log()

    def _notify(self, changed: Cursors | None) -> None:
        if self.is_on_disk and (changed is None or changed):
            self.engine.notifier.send(changed)

    def _applying(self, batches: Sequence[Batch]) -> Callable[[Any], list[Delta]]:
        now, limits = self.clock(), self.limits
        return lambda db: [Keyspace.find(db, batch.keyspace, now, limits).apply(batch) for batch in batches]


def _is_small(batches: Sequence[Batch]) -> bool:
    """Whether they change so little that the event loop may apply them; a policy's code and expiry may take long."""
    if not all(batch.writes and batch.decide is None and batch.bounds.ttl_s is None for batch in batches):
        return False
    sizes = [len(write.value or "") for batch in batches for write in batch.writes]
    return len(sizes) <= SMALL_WRITES and sum(sizes) <= SMALL_CHARACTERS


def _changed_heads(deltas: Sequence[Delta]) -> Cursors:
    """Return the new heads of the keyspaces that boards may display."""
    return {each.keyspace: each.head for each in deltas if each.has_changes and not each.keyspace.startswith("_")}
