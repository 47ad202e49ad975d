"""The lab's event types, and those of the rows: `tick` (every event is delivered), `gauge` (folds)."""

from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, ring
from dashboard_project.event_types import EVENT_TYPES as LAB

TICKS_KEPT = 20_000  # so many that a browser which was left behind for a second is still sent each


class Tick(Struct):
    """One numbered event, stamped in microseconds; `publishers.events` has its other fields."""

    n: int
    t: int


class Gauge(Struct):
    """The newest value of the gauge `k`."""

    k: int
    n: int
    t: int


class Entry(Struct):
    """One of many entries in one keyspace."""

    k: int


EVENT_TYPES = [
    *LAB,
    EventType("tick", Tick, ring(TICKS_KEPT), title="Ticks"),
    EventType("gauge", Gauge, last_value("k", max_keys=64), title="Gauges"),
    EventType("entry", Entry, last_value("k", max_keys=200_000), title="Entries"),
]
