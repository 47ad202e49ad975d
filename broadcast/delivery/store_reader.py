"""Brings a board's replica up to the store: one read for all callers that ask at the same time.

The first read loads the whole board, with the history that the store has, so that browsers which reconnect after a
restart are sent only what has changed. Later reads return what came after the replica's heads.
"""

from collections.abc import Hashable, Iterable, Mapping

from broadcast.delivery.concurrency import SingleFlight
from broadcast.delivery.replica import Replica
from broadcast.stores.base import StickyCache
from broadcast.types import NEVER_WRITTEN, Cursor, Delta


class StoreReader:
    """Reads one board."""

    def __init__(self, store: StickyCache, replica: Replica) -> None:
        self._store, self._replica = store, replica
        self._reads = SingleFlight[None, None](self._read)
        self._stamp: Hashable | None = None  # of the store, before the latest read

    async def refresh(self) -> None:
        """Return when the replica has everything that was committed before this call.

        Raises:
            StoreError: the store cannot be read.
        """
        if self._stamp is not None and self._stamp == self._store.stamp():
            self._replica.begin_read()  # nothing was committed since, so no update can be missing
        else:
            await self._reads.join(None)

    async def _read(self, _: None = None) -> None:
        # Before the read: a commit during the read makes the stamp outdated.
        stamp, self._stamp = self._store.stamp(), None
        heads = self._replica.begin_read()
        if self._replica.is_loaded:
            self._replica.load((await self._store.asince(heads)).values())
        else:
            await self._load()
        self._stamp = stamp

    async def _load(self) -> None:
        known = await self._store.aheads()
        # From revision 0, because the complete contents would include neither removals nor floors.
        starts = {name: Cursor(known.get(name, NEVER_WRITTEN).epoch, 0) for name in self._replica.names}
        deltas = await self._store.asince(starts)
        self._replica.load(deltas.values())
        recent = recent_cursors(deltas.values(), self._store.limits.removals)
        if recent:
            heads = self._replica.begin_read()
            self._replica.load((await self._store.asince({**heads, **recent})).values())


def recent_cursors(deltas: Iterable[Delta], max_removals: int) -> Mapping[str, Cursor]:
    """Return cursors whose removals and floors the store certainly has, for keyspaces of which it forgot older ones."""
    return {
        delta.keyspace: Cursor(delta.epoch, max(0, delta.to_revision - max_removals))
        for delta in deltas
        if delta.reset and delta.to_revision
    }
