"""What tests of counters share: a socket that counts, a process's report, and the samples in Prometheus' format."""

import re
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from broadcast.ops.connections import Connections
from broadcast.ops.counters import Meters
from broadcast.ops.processes import FORM
from broadcast.ops.prometheus import exposition
from broadcast.types import Cursor, KeyspaceStats


class Socket:
    """A socket of which only the counts and the facts are real."""

    def __init__(self, board: str = "main", updates_sent: int = 0, facts: dict[str, Any] | None = None) -> None:
        self._facts = facts or {"board": board}
        self.board, self.is_lagging = board, False
        self.updates_sent, self.bytes_sent = updates_sent, 10 * updates_sent
        self.ended: list[tuple[int, str]] = []
        self.link_id: int | None = None

    def facts(self):
        return self._facts

    def end(self, code: int, reason: str) -> None:
        self.ended.append((code, reason))


def samples(text: bytes) -> dict[tuple[str, ...], float]:
    """Return each sample's value by its name and the values of its labels, but for the process."""
    return {
        (sample.name, *(value for label, value in sorted(sample.labels.items()) if label != "process")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def report(meters: Meters, connections: Connections | None = None, process: str = "lab:7"):
    level = {"tick_s": 0.02, "pending_events": 3, "pending_bytes": 300, "is_draining": False}
    level |= {"server_connections": {"idle": 2}, "server_aborted": {"not_reading": 1}}
    about = {
        "form": FORM,
        "process": process,
        "started_at": 1.0,
        "at": 2.0,
        "cpu_s": 3.0,
        "memory_bytes": None,
        "lag_s": 0.0,
    }
    read = (connections or Connections(meters)).snapshot(5)
    return {**about, **level, "meters": meters.snapshot(), **read}


def metric_names() -> set[str]:
    """Return the names of all metrics, as Prometheus stores them, from an actual exposition."""
    text = exposition([report(Meters())], {"a": Cursor("e", 1)}, {"a": KeyspaceStats(1, 1, 1, 1, 1.0, "")}).decode()
    families = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    return {name for name, kind in families if kind != "histogram"} | {
        f"{name}{suffix}" for name, kind in families if kind == "histogram" for suffix in ("_bucket", "_sum", "_count")
    }
