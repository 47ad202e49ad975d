"""Sends what psutil measures, once a second.

`python -m examples.machine.producer URL`, with the token in STICKYBOARD_TOKEN.
"""

import itertools
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil

from stickyboard import SyncProducer

Event = tuple[str, dict[str, Any]]
INTERVAL_S = 1.0
DISKS_EVERY = 15  # seconds
BUSIEST = 25
OF_PROCESSES = ["pid", "name", "username", "cpu_percent", "memory_info"]


class Machine:
    """Measures the machine; rates are those since the last measurement."""

    def __init__(self) -> None:
        psutil.cpu_percent(percpu=True)  # the first call has no interval and returns 0
        self._names = {each.pid: each.info["name"] for each in psutil.process_iter(["name", "cpu_percent"])}
        self._network = psutil.net_io_counters(pernic=True)
        self._ticks = itertools.count()

    def measure(self, seconds: float) -> Iterator[Event]:
        """Yield the events of one interval of this length."""
        yield from self._processors()
        yield from self._memory()
        yield from self._traffic(seconds)
        yield from self._processes()
        if next(self._ticks) % DISKS_EVERY == 0:
            yield from disks()

    def _processors(self) -> Iterator[Event]:
        busy = psutil.cpu_percent(percpu=True)
        load = {"load": psutil.getloadavg()[0], "processors": len(busy)}
        yield "cpu", {"percent": sum(busy) / len(busy), **load}
        for number, percent in enumerate(busy):
            yield "core", {"core": f"cpu {number}", "percent": percent}
        yield "cpu_time", {"percent": {name: share for name, share in _times() if share > 0}}

    def _memory(self) -> Iterator[Event]:
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        yield "memory", {"kind": "memory", "used_bytes": memory.total - memory.available, "total_bytes": memory.total}
        if swap.total:
            yield "memory", {"kind": "swap", "used_bytes": swap.used, "total_bytes": swap.total}

    def _traffic(self, seconds: float) -> Iterator[Event]:
        before, self._network = self._network, psutil.net_io_counters(pernic=True)
        for name, now in self._network.items():
            if then := before.get(name):
                received, sent = now.bytes_recv - then.bytes_recv, now.bytes_sent - then.bytes_sent
                yield "network", {"interface": name, "received": received / seconds, "sent": sent / seconds}

    def _processes(self) -> Iterator[Event]:
        found = [each.info for each in psutil.process_iter(OF_PROCESSES)]
        found = [each for each in found if each["memory_info"]]  # without it, another user's process
        for each in sorted(found, key=lambda each: each["cpu_percent"] or 0, reverse=True)[:BUSIEST]:
            size = {"memory_bytes": each["memory_info"].rss, "percent": each["cpu_percent"] or 0.0}
            yield "process", {"pid": each["pid"], "name": each["name"], "user": each["username"] or "?", **size}
        names = {each["pid"]: each["name"] for each in found}
        for pid in names.keys() - self._names.keys():
            yield "process_event", {"level": "info", "pid": pid, "name": names[pid], "what": "started"}
        for pid in self._names.keys() - names.keys():
            yield "process_event", {"level": "debug", "pid": pid, "name": self._names[pid], "what": "ended"}
        self._names = names


def disks() -> Iterator[Event]:
    """Yield the space in use on each file system."""
    for disk in psutil.disk_partitions():
        try:
            usage = psutil.disk_usage(disk.mountpoint)
        except OSError:
            continue  # no permission, or a drive without a disk
        yield "disk", {"mount": disk.mountpoint, "used_bytes": usage.used, "total_bytes": usage.total}


def _times() -> Iterator[tuple[str, float]]:
    yield from psutil.cpu_times_percent()._asdict().items()


def main() -> None:
    """Send until interrupted."""
    url, machine, began = sys.argv[1], Machine(), time.monotonic()
    with SyncProducer(url, os.environ["STICKYBOARD_TOKEN"], "machine", when_full="drop") as board:
        while True:
            time.sleep(INTERVAL_S)
            now = time.monotonic()
            for event_type, fields in machine.measure(now - began):
                board.publish(event_type, fields)
            began = now


if __name__ == "__main__":
    main()
