"""Which thread commits a change of a SQLite store."""

import threading

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.types import Batch, Bounds, Write
from tests.support.sqlite_files import BOUNDS


class Threads:
    """Notes which thread commits."""

    def __init__(self, store: SQLiteCache) -> None:
        self._store = store

    async def commit(self, *writes: Write, bounds: Bounds = BOUNDS, decide=None) -> bool:
        """Commit writes; return whether this thread did."""
        seen: list[threading.Thread] = []
        db = self._store.engine._writing.db
        db.set_trace_callback(lambda _: seen.append(threading.current_thread()))
        before = self._store.heads()["k"].revision
        applied = await self._store.aapply([Batch("k", bounds, list(writes or [Write("a", value="2")]), decide)])
        db.set_trace_callback(None)  # before the writer shortens the log
        await applied.until_durable()
        assert applied.result[0].to_revision == before + len(writes or "a")
        return seen[-1] is threading.current_thread()
