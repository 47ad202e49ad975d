"""Each process reports itself to the others, and carries out orders, through the store that they share.

    each process ──► keyspace "_processes": its connections and counters ──► admin, /metrics
    admin ──► keyspace "_orders": end a connection, or list those      ──► every process, every `ROUND_S`
                                  that contain a text

The store is what all processes of a deployment share; a channel layer may reach only one of them. Entries of both
keyspaces expire, so a process that was killed disappears.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
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
FORM: Final = 3  # of a report; increment it with every change that another version of the program cannot read
ORDERS: Final = "_orders"
ROUND_S: Final = 2.0
REPORT_S: Final = 5.0
GONE_S: Final = 20.0  # a process without a report for this long is no longer listed
ORDER_S: Final = 60.0
MAX_PROCESSES: Final = 200
MAX_LISTED: Final = 200  # connections of each kind whose facts are in a report; all of them are counted
MAX_SEARCHES: Final = 5  # at a time; each adds up to `MAX_LISTED` connections to a report
SEARCH: Final = "?"  # prefix of the key of a search order; the text follows
MAX_SEARCH_CHARACTERS: Final = 100

# Runs in each round, for example to end sockets whose token was revoked.
Chore = Callable[[Connections], Awaitable[None]]
chores: list[Chore] = []


class Processes:
    """Reports this process and carries out orders, while it is started or has any connection.

    Args:
        level: returns current measurements, as plain data.
        clock: seconds since 1970; `sleep` waits for some. Tests pass in both.
        chores: run in each round, besides reporting.
    """

    def __init__(
        self,
        store: StickyCache,
        meters: Meters,
        level: Callable[[], dict[str, Any]],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chores: Sequence[Chore] = chores,
        max_listed: int = MAX_LISTED,
    ) -> None:
        self._max_listed = max_listed
        self._store, self._meters, self._level = store, meters, level
        self._clock, self._sleep, self._chores = clock, sleep, chores
        self.connections = Connections(meters, self._update_task, clock)
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._started_at = clock()
        self._reported_at = float("-inf")
        self._orders_read: Cursor | None = None
        self._found: dict[str, tuple[float, list[str]]] = {}  # by text: until when they are listed, and their ids
        self._lag_s = 0.0
        self._is_started = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Report until `stop`, even without a connection."""
        self._is_started = True
        self._update_task()

    async def stop(self) -> None:
        """Stop reporting, and remove the last report."""
        self._is_started = False
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            try:
                await self._write(None)
            except StoreError as exc:
                log.warning("this process remains listed for %s s: %s", GONE_S, exc)

    def _update_task(self) -> None:
        is_needed = self._is_started or len(self.connections) > 0
        if is_needed and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run(), name="sticky-processes")
        elif not is_needed and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._sleep(ROUND_S)
            # A late wake-up is how long everything else on this event loop waits, too.
            self._lag_s = max(self._lag_s, loop.time() - began - ROUND_S)
            await self.make_round()

    async def make_round(self) -> None:
        """Carry out orders, run the chores, and report if it is due. A failing part is logged and skipped."""
        parts: list[Callable[[], Awaitable[None]]] = [partial(chore, self.connections) for chore in self._chores]
        for part in (self._carry_out_orders, *parts, self._report_if_due):
            try:
                await part()
            except StoreError as exc:
                if not exc.is_logged:
                    log.warning("this process was not reported, or could not read its orders: %s", exc)
            except Exception:
                log.exception("a part of a round failed; the next round is in %s s", ROUND_S)

    async def _report_if_due(self) -> None:
        # Also due if the clock was set back; otherwise the process would disappear for as long.
        if not 0 <= self._clock() - self._reported_at < REPORT_S:
            await self.report()

    async def report(self) -> None:
        """Write the current counters and connections.

        Raises:
            StoreError: they were not written.
        """
        self._reported_at = self._clock()
        await self._write(msgspec.json.encode(self._snapshot()).decode())

    def _snapshot(self) -> dict[str, Any]:
        lag_s, self._lag_s = self._lag_s, 0.0
        self._found = {text: found for text, found in self._found.items() if found[0] > self._clock()}
        found = {peer_id for _, ids in self._found.values() for peer_id in ids}
        return {
            "form": FORM,
            "process": self.name,
            "started_at": self._started_at,
            "at": self._clock(),
            "cpu_s": time.process_time(),
            "memory_bytes": _memory_bytes(),
            "lag_s": lag_s,
            "meters": self._meters.snapshot(),
            **self._level(),
            "searched": list(self._found),
            **self.connections.snapshot(self._max_listed, found),
        }

    async def _write(self, text: str | None) -> None:
        bounds = Bounds(max_keys=MAX_PROCESSES, ttl_s=GONE_S)
        await self._store.aapply([Batch(PROCESSES, bounds, [Write(self.name, value=text)])])

    async def _carry_out_orders(self) -> None:
        delta = (await self._store.asince({ORDERS: self._orders_read}))[ORDERS]
        self._orders_read = delta.head
        for entry in delta.entries:
            if entry.value is None:
                continue
            # An order outlives its connection, so a process that starts later reads it once, without effect.
            if entry.key.startswith(SEARCH):
                await self._search(entry.key.removeprefix(SEARCH))
            elif self.connections.end(entry.key, close_codes.DISCONNECTED, "an operator ended this connection"):
                log.info("ended connection %s, as ordered", entry.key)

    async def _search(self, text: str) -> None:
        self._found.pop(text, None)
        self._found[text] = (self._clock() + ORDER_S, await self.connections.find(text, self._max_listed))
        while len(self._found) > MAX_SEARCHES:
            del self._found[next(iter(self._found))]
        self._reported_at = float("-inf")  # an operator waits for it


def order_end(store: StickyCache, peer_id: str) -> None:
    """Have the process that has a connection end it, within `ROUND_S`.

    Raises:
        StoreError: the order was not written.
    """
    _order(store, peer_id)


def order_search(store: StickyCache, text: str) -> str:
    """Have every process report the connections that contain a text, for `ORDER_S`; return the text, truncated.

    Raises:
        StoreError: the order was not written.
    """
    text = text[:MAX_SEARCH_CHARACTERS]
    _order(store, SEARCH + text)
    return text


def _order(store: StickyCache, key: str) -> None:
    store.apply([Batch(ORDERS, Bounds(max_keys=1000, ttl_s=ORDER_S), [Write(key, value="true")])])


def reports(store: StickyCache) -> list[dict[str, Any]]:
    """Return the last report of each running process, by name.

    During a rolling update, reports of a version with another form are omitted.

    Raises:
        StoreError: they cannot be read.
    """
    entries = store.since({PROCESSES: None})[PROCESSES].entries
    oldest = store.clock() - GONE_S
    read = [msgspec.json.decode(entry.value) for entry in entries if entry.value is not None and entry.at >= oldest]
    return sorted((report for report in read if report.get("form") == FORM), key=lambda report: str(report["process"]))


def _memory_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux
        return None
