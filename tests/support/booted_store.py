"""A store on a machine whose boot has a given ID; as a program, one that `tests.support.power` records."""

import asyncio
import ctypes
import sys
import threading
from pathlib import Path

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import Engine
from broadcast.types import Batch, Bounds, Write

EVENTS = 16
BOUNDS = Bounds(per_lane=1000, max_lanes=10)
KEYSPACE = "ring"


class BootedStore(SQLiteCache):
    """A store with an engine of its own, as each process has one."""

    def __init__(self, path: Path, boot_id: str, synchronous: str = "FULL") -> None:
        super().__init__(str(path), {})
        self._engine = Engine(str(path), synchronous, boot_id=boot_id)
        self.may_sync = threading.Event()
        self.may_sync.set()
        syncer = self._engine._syncer
        sync, syncer._sync = syncer._sync, lambda guard: self.may_sync.wait() and sync(guard)

    @property
    def engine(self) -> Engine:
        return self._engine

    def close(self, **_: object) -> None:
        self._engine.close()


def events(first: int, last: int, producer: str = "p") -> Batch:
    """Return a producer's events, whose values and seqs are their numbers."""
    writes = [Write(None, value=str(n), producer=producer, seq=n) for n in range(first, last + 1)]
    return Batch(KEYSPACE, BOUNDS, writes)


async def write(store: BootedStore, first: int, last: int, note) -> None:
    """Commit events one by one; note what browsers are sent, and what the producer is acknowledged."""
    waiting = set()
    for n in range(first, last + 1):
        store.may_sync.clear()
        (delta,), sync = await store.aapply([events(n, n)])
        note(f"sent {delta.epoch} {delta.to_revision}")
        if sync is None:
            note(f"acknowledged {n}")
        else:
            durable = asyncio.wrap_future(sync())
            waiting.add(durable)
            durable.add_done_callback(lambda _, n=n: note(f"acknowledged {n}"))
        if n % 3 == 0 or n == last:  # the others share an fsync
            store.may_sync.set()
            if waiting:
                await asyncio.wait(waiting)


def main(folder: str, synchronous: str = "FULL") -> None:
    recorder = ctypes.CDLL(None)

    def note(text: str) -> None:
        recorder.power_note(text.encode())

    path = Path(folder) / "sticky.sqlite3"
    middle = EVENTS * 3 // 4
    for first, last in ((1, middle), (middle + 1, EVENTS)):
        store = BootedStore(path, "boot-1", synchronous)
        # So that the log is written back, and started over, several times.
        store.engine.submit_commit(lambda db: db.execute("PRAGMA wal_autocheckpoint = 20").fetchone()).result()
        asyncio.run(write(store, first, last, note))
        store.close()
        note("closed")


if __name__ == "__main__":
    main(*sys.argv[1:])
