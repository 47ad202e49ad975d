"""One server, one generator, one publisher: steps of a rate, with the CPU share of each side."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.clock import sleep
from benchmarks.generator.load import Load, Wire
from benchmarks.peers.base import Peer, Publisher
from benchmarks.processes import cpu_s
from benchmarks.publishers.events import EVENT_BYTES
from benchmarks.search import P99_LIMIT_US, Step

GRACE_S = P99_LIMIT_US / 1e6 + 0.01  # later events count as late in any case
ALMOST = 0.95  # share of the requested events that must be published; otherwise the publisher is the limit
SAMPLES = 3
SAMPLE_BYTES = 6_000_000


@dataclass
class Run:
    """A server with connected browsers and a publisher.

    Args:
        peer: started.
        load: with all connections open.
        publisher: at rate 0.
        connections: how many browsers there are.
        samples: the folder where the messages of some browsers are recorded, or None.
    """

    peer: Peer
    load: Load
    publisher: Publisher
    connections: int
    samples: Path | None = None
    losses: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)

    def measure(self, rate: float, seconds: float) -> Step:
        """Publish at a rate for this many seconds, and determine whether every browser received the events in time."""
        window, published, held_s = self.step(rate, seconds)
        p99_us = window["latency"]["p99_us"]
        lost = window["missing"] + window["repeated"] + window["closed"] - self.losses
        self.losses += lost
        is_sustained = 0 <= p99_us < P99_LIMIT_US and not lost and published >= ALMOST * rate * held_s
        if not is_sustained:
            self.drain()
        figure = published * self.connections / held_s
        return Step(rate, is_sustained, figure, {**self.facts, "lost": lost, "published_per_s": published / held_s})

    def step(self, rate: float, seconds: float) -> tuple[dict[str, Any], int, float]:
        """Publish at a rate; return the generator's window, the events published, and the seconds it held."""
        begin = self.publisher.ask(f"rate {rate}")
        before = self._cpu()
        sleep(seconds)
        end = self.publisher.ask("mark")
        after = self._cpu()
        sleep(GRACE_S)
        published = end["n"] - begin["n"]
        window = self.load.window(begin["at_us"], end["at_us"], published * self.connections)
        self.facts = {
            "p50_us": window["latency"]["p50_us"],
            "p99_us": window["latency"]["p99_us"],
            **{name: (after[name] - before[name]) / (after["at"] - before["at"]) for name in ("server", "generator")},
        }
        return window, published, (end["at_us"] - begin["at_us"]) / 1e6

    def drain(self, timeout_ms: int = 5000) -> dict[str, Any]:
        """Stop publishing and wait until every browser has everything."""
        last = self.publisher.ask("rate 0")
        return self.load.until(last["n"], timeout_ms)

    def _cpu(self) -> dict[str, float]:
        # A process that runs while the host pauses the machine is charged for the pause, so shares are of wall time.
        generator = cpu_s(self.load.process.pid) + self.publisher.cpu_s()
        return {"at": time.monotonic(), "server": self.peer.cpu_s(), "generator": generator}


@contextmanager
def following(
    peer: Peer,
    connections: int,
    wire: Wire | None = None,
    event_types: tuple[str, ...] = ("tick",),
    size: int = EVENT_BYTES,
    entries: int = 1,
    **options: Any,
) -> Iterator[Run]:
    """Follow a started server with this many browsers, and record some of Stickyboard's."""
    with tempfile.TemporaryDirectory(prefix="samples-", dir=_memory_folder()) as folder:
        wire = wire or peer.follow()
        recording = {"record": SAMPLES, "record-bytes": SAMPLE_BYTES, "record-folder": folder}
        if wire.dialect == "sticky":
            options = {**recording, **options}
        with (
            peer.publisher(event_types, size, entries) as publisher,
            Load(wire, peer.browsers_port(), connections, options) as load,
        ):
            load.ready()
            run = Run(peer, load, publisher, connections, Path(folder) if wire.dialect == "sticky" else None)
            yield run


def _memory_folder() -> str | None:
    shared = Path("/dev/shm")  # the disk is the server's
    return str(shared) if shared.is_dir() else None
