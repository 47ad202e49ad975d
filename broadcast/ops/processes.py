"""What processes tell of themselves and are told, through the store they share.

    each process ──► keyspace "_processes": who is connected, what was counted ──► admin, /metrics
    admin ──► keyspace "_orders": end this connection, or ──► every process, which looks every `ROUND_S`
                                  tell of those with this text

The store is what all processes of a deployment have in common, whichever it is; a channel layer may
reach one process only. Both keyspaces expire, so a process that was killed is forgotten.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from broadcast import close_codes
from broadcast.errors import StoreError
from broadcast.ops.connections import Connections
from broadcast.ops.counters import Meters
from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Bounds, Cursor, Write

log = logging.getLogger("broadcast.ops.processes")

PROCESSES: Final = "_processes"
FORM: Final = 2  # of a report; raise it with every change that a process of another version could not read
ORDERS: Final = "_orders"
ROUND_S: Final = 2.0
REPORT_S: Final = 5.0
GONE_S: Final = 20.0  # without a report, after which a process counts as gone
ORDER_S: Final = 60.0
MAX_PROCESSES: Final = 200
MAX_SHOWN: Final = 200  # connections of each kind whose facts are reported; all are counted
MAX_SEARCHES: Final = 5  # texts that are looked for at a time; of each, `MAX_SHOWN` connections are reported
SEARCH: Final = "?"  # begins the key of an order to look for the text that follows
MAX_SEARCH_CHARACTERS: Final = 100

# What else is done in each round, such as ending sockets whose token was revoked.
Chore = Callable[[Connections], Awaitable[None]]
chores: list[Chore] = []


class Processes:
    """One process's part: reports, and obeys orders, while it is running or anybody is connected.

    Args:
        level: returns what is measured now rather than counted, as plain data.
        clock: seconds since 1970; `sleep` waits for some. Tests pass both in.
    """

    def __init__(
        self,
        store: StickyCache,
        meters: Meters,
        level: Callable[[], dict[str, Any]],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._meters, self._level = store, meters, level
        self._clock, self._sleep = clock, sleep
        self.connections = Connections(meters, self._look, clock)
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._started_at = clock()
        self._reported_at = float("-inf")
        self._obeyed: Cursor | None = None
        self._found: dict[str, tuple[float, list[str]]] = {}  # by text: until when it is told, and which
        self._lag_s = 0.0
        self._is_kept = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Go on reporting while nobody is connected, until `stop`."""
        self._is_kept = True
        self._look()

    async def stop(self) -> None:
        """Report no more, and be forgotten at once."""
        self._is_kept = False
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            try:
                await self._write(None)
            except StoreError as exc:
                log.warning("this process stays listed for %s s: %s", GONE_S, exc)

    def _look(self) -> None:
        is_wanted = self._is_kept or len(self.connections) > 0
        if is_wanted and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run(), name="sticky-processes")
        elif not is_wanted and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._sleep(ROUND_S)
            # How much later than asked: what everything else on this event loop waits, too.
            self._lag_s = max(self._lag_s, loop.time() - began - ROUND_S)
            await self.make_round()

    async def make_round(self) -> None:
        """Obey what was ordered, do the chores, and report where that is due; one that fails is logged."""
        parts: list[Callable[[], Awaitable[None]]] = [partial(chore, self.connections) for chore in chores]
        for part in (self._obey, *parts, self._report_if_due):
            try:
                await part()
            except StoreError as exc:
                if not exc.is_logged:
                    log.warning("this process was not reported, or not told of orders: %s", exc)
            except Exception:
                log.exception("a part of a round failed; the next one is in %s s", ROUND_S)

    async def _report_if_due(self) -> None:
        # Where the clock was set back the report is due, too: else it would be gone for as long.
        if not 0 <= self._clock() - self._reported_at < REPORT_S:
            await self.report()

    async def report(self) -> None:
        """Write what is counted and connected now.

        Raises:
            StoreError: it was not written.
        """
        self._reported_at = self._clock()
        await self._write(msgspec.json.encode(self._reading()).decode())

    def _reading(self) -> dict[str, Any]:
        lag_s, self._lag_s = self._lag_s, 0.0
        self._found = {text: found for text, found in self._found.items() if found[0] > self._clock()}
        return {
            "form": FORM,
            "process": self.name,
            "started_at": self._started_at,
            "at": self._clock(),
            "cpu_s": time.process_time(),
            "memory_bytes": _memory_bytes(),
            "lag_s": lag_s,
            "meters": self._meters.reading(),
            **self._level(),
            "searched": list(self._found),
            **self.connections.reading(MAX_SHOWN, {peer_id for _, found in self._found.values() for peer_id in found}),
        }

    async def _write(self, text: str | None) -> None:
        bounds = Bounds(max_keys=MAX_PROCESSES, ttl_s=GONE_S)
        await self._store.aapply([Batch(PROCESSES, bounds, [Write(self.name, value=text)])])

    async def _obey(self) -> None:
        delta = (await self._store.asince({ORDERS: self._obeyed}))[ORDERS]
        self._obeyed = delta.head
        for entry in delta.entries:
            if entry.value is None:
                continue
            # An order outlives the connection it ended; whoever starts later looks at it once, in vain.
            if entry.key.startswith(SEARCH):
                await self._search(entry.key.removeprefix(SEARCH))
            elif self.connections.end(entry.key, close_codes.DISCONNECTED, "an operator ended this connection"):
                log.info("ended connection %s, as ordered", entry.key)

    async def _search(self, text: str) -> None:
        self._found.pop(text, None)
        self._found[text] = (self._clock() + ORDER_S, await self.connections.find(text, MAX_SHOWN))
        while len(self._found) > MAX_SEARCHES:
            del self._found[next(iter(self._found))]
        self._reported_at = float("-inf")  # somebody waits for it


def order_end(store: StickyCache, peer_id: str) -> None:
    """Have a connection ended, in whichever process it is, within `ROUND_S`.

    Raises:
        StoreError: nobody was told.
    """
    _order(store, peer_id)


def order_search(store: StickyCache, text: str) -> str:
    """Have every process tell, for `ORDER_S`, of connections that have a text; return the text, cut where it is long.

    Raises:
        StoreError: nobody was told.
    """
    text = text[:MAX_SEARCH_CHARACTERS]
    _order(store, SEARCH + text)
    return text


def _order(store: StickyCache, key: str) -> None:
    store.apply([Batch(ORDERS, Bounds(max_keys=1000, ttl_s=ORDER_S), [Write(key, value="true")])])


def reports(store: StickyCache) -> list[dict[str, Any]]:
    """Return what each process reported last, by name, without those that are gone.

    While versions are exchanged one process after the other, those that report in another form are left out, too.

    Raises:
        StoreError: it cannot be read.
    """
    entries = store.since({PROCESSES: None})[PROCESSES].entries
    oldest = store.clock() - GONE_S
    read = [msgspec.json.decode(entry.value) for entry in entries if entry.value is not None and entry.at >= oldest]
    return sorted((report for report in read if report.get("form") == FORM), key=lambda report: str(report["process"]))


def _memory_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # no Linux
        return None
