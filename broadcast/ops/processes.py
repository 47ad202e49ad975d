"""Each process reports itself to the others, and carries out orders, through the store that they share.

    each process ──► keyspace "_processes": its connections and counters ──► admin, /metrics
    admin ──► keyspace "_orders": end a connection, or list those      ──► every process, every `ROUND_S`
                                  that contain a text

The store is what all processes of a deployment share; a channel layer may reach only one of them. Orders expire, and
the report of a process that was killed is no longer listed. Where a report costs a write to disk, a process that has
nothing new to report writes none, and the others see that it still runs.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from broadcast import close_codes
from broadcast.errors import StoreError
from broadcast.ops.connections import Connections
from broadcast.ops.counters import Meters
from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Bounds, Cursor, Entry, Write

log = logging.getLogger("broadcast.ops.processes")

PROCESSES: Final = "_processes"
FORM: Final = 5  # of a report; increment it with every change that another version of the program cannot read
ORDERS: Final = "_orders"
ROUND_S: Final = 2.0
REPORT_S: Final = 5.0
GONE_S: Final = 20.0  # a process without a report for this long is listed only if it is known to run
ORDER_S: Final = 60.0
MAX_PROCESSES: Final = 200
MAX_LISTED: Final = 200  # connections of each kind whose facts are in a report; all of them are counted
MAX_SEARCHES: Final = 5  # at a time; each adds up to `MAX_LISTED` connections to a report
SEARCH: Final = "?"  # prefix of the key of a search order; the text follows
MAX_SEARCH_CHARACTERS: Final = 100

# Facts that change while nothing happens, or because of requests such as health checks.
PASSING: Final = {"at", "cpu_s", "memory_bytes", "lag_s", "tick_s", "server_connections"}

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
        self._birth = _birth_of(os.getpid())
        self._reported_at = float("-inf")
        self._reported: dict[str, Any] = {}  # the last report, without passing facts
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
        if 0 <= self._clock() - self._reported_at < REPORT_S:
            return
        can_rest = self._store.is_on_disk and self._birth is not None
        text = msgspec.json.encode(self.snapshot())
        if can_rest and _lasting(text) == self._reported:
            self._reported_at = self._clock()
        else:
            await self._report(text)

    async def report(self) -> None:
        """Write the current counters and connections.

        Raises:
            StoreError: they were not written.
        """
        await self._report(msgspec.json.encode(self.snapshot()))

    async def _report(self, text: bytes) -> None:
        is_first, self._reported_at = not self._reported, self._clock()
        gone = await self._gone() if is_first and self._store.is_on_disk else []
        await self._write(text.decode(), gone)
        self._reported = _lasting(text)

    async def _gone(self) -> list[str]:
        """Return the processes whose reports do not expire and that no longer run."""
        entries = (await self._store.asince({PROCESSES: None}))[PROCESSES].entries
        return [entry.key for entry in entries if entry.key != self.name and not _is_listed(entry, self._clock())]

    def snapshot(self) -> dict[str, Any]:
        lag_s, self._lag_s = self._lag_s, 0.0
        self._found = {text: found for text, found in self._found.items() if found[0] > self._clock()}
        found = {peer_id for _, ids in self._found.values() for peer_id in ids}
        return {
            "form": FORM,
            "process": self.name,
            "started_at": self._started_at,
            "birth": self._birth,
            "at": self._clock(),
            "cpu_s": time.process_time(),
            "memory_bytes": _memory_bytes(),
            "lag_s": lag_s,
            "meters": self._meters.snapshot(),
            **self._level(),
            "searched": list(self._found),
            **self.connections.snapshot(self._max_listed, found),
        }

    async def _write(self, text: str | None, gone: Sequence[str] = ()) -> None:
        bounds = Bounds(max_keys=MAX_PROCESSES, ttl_s=None if self._store.is_on_disk else GONE_S)
        writes = [Write(self.name, value=text), *map(Write, gone)]
        await (await self._store.aapply([Batch(PROCESSES, bounds, writes)])).until_durable()

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


def order(store: StickyCache, key: str) -> None:
    """Order the process that has the connection with an id to end it, within `ROUND_S`; or see `order_search`.

    Raises:
        StoreError: the order was not written.
    """
    store.apply([Batch(ORDERS, Bounds(max_keys=1000, ttl_s=ORDER_S), [Write(key, value="true")])])


def order_search(store: StickyCache, text: str) -> str:
    """Order every process to report the connections that contain a text, for `ORDER_S`; return the text, truncated.

    Raises:
        StoreError: the order was not written.
    """
    text = text[:MAX_SEARCH_CHARACTERS]
    order(store, SEARCH + text)
    return text


def reports(store: StickyCache, own: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the last report of each running process, by name.

    During a rolling update, reports of a version with another form are omitted.

    Args:
        own: a snapshot that replaces the last report of its process.

    Raises:
        StoreError: they cannot be read.
    """
    now, entries = store.clock(), store.since({PROCESSES: None})[PROCESSES].entries
    read = [msgspec.json.decode(entry.value) for entry in entries if entry.value is not None and _is_listed(entry, now)]
    found = {str(report["process"]): report for report in read if report.get("form") == FORM}
    if own is not None:
        found[own["process"]] = own
    return [found[name] for name in sorted(found)]


def _is_listed(entry: Entry, now: float) -> bool:
    return entry.at >= now - GONE_S or (entry.value is not None and _runs_here(msgspec.json.decode(entry.value)))


def _lasting(report: bytes) -> dict[str, Any]:
    return {name: fact for name, fact in msgspec.json.decode(report).items() if name not in PASSING}


def _memory_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux
        return None


def _birth_of(pid: int) -> str | None:
    """Return when a process of this machine was started, in ticks since the machine's start; None if it is unknown.

    A later process with the same number has another birth. Source: proc_pid_stat(5), field 22.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):  # no such process, or not Linux
        return None


def _runs_here(report: Mapping[str, Any]) -> bool:
    """Whether a report is that of a running process of this machine."""
    host, _, pid = str(report["process"]).rpartition(":")
    birth = report.get("birth")
    return birth is not None and host == socket.gethostname() and pid.isdecimal() and _birth_of(int(pid)) == birth
