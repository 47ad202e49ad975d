"""The small systems that are explored: policies with bounds that three events reach."""

from dataclasses import dataclass, field
from typing import Any

from broadcast.events.event_type import EventType
from broadcast.events.policies import counter, course, custom, last_value, ring, snapshot
from tests.support.table import Keyed, Laned, Whole, remove_odd

TTL_S = 2
EVENT_TYPES = [
    EventType("keyed", Keyed, last_value("key", max_keys=2), title="Keyed"),
    EventType("brief", Keyed, last_value("key", max_keys=3, ttl_s=TTL_S), title="Brief"),
    EventType("laned", Laned, ring(2, lane="lane", max_lanes=2), title="Laned"),
    EventType("course", Laned, course(2, lane="lane", max_lanes=2), title="Course"),
    EventType("whole", Whole, snapshot(), title="Whole"),
    EventType("sum", Keyed, counter("n", "key", max_keys=2), title="Sum"),
    EventType("own", Keyed, custom(remove_odd, "key", max_keys=2), title="Own"),
]
TABLE = {kind.name: kind for kind in EVENT_TYPES}
NAMES = "abc"  # of keys or lanes


@dataclass(frozen=True)
class Scenario:
    """A system and what may happen in it.

    Args:
        kinds: the event types of its board.
        changes: maximum number of changes to the store.
        happens: what may happen to the store besides single events.
        window: updates that a browser may be sent beyond what it has read.
    """

    name: str
    kinds: tuple[str, ...]
    changes: int
    processes: int = 1
    browsers: int = 1
    happens: frozenset[str] = field(default_factory=frozenset)
    window: int = 2

    @property
    def table(self) -> dict[str, EventType]:
        return {name: TABLE[name] for name in self.kinds}


def _scenario(name: str, kinds: str, changes: int, happens: str = "", **more: Any) -> Scenario:
    return Scenario(name, tuple(kinds.split()), changes, happens=frozenset(happens.split()), **more)


SCENARIOS = {
    each.name: each
    for each in (
        _scenario("last value", "keyed", 4, "remove"),
        _scenario("ring", "laned", 5),
        _scenario("course", "course", 5),
        _scenario("expiry", "brief", 5, "wait"),
        _scenario("computed", "whole sum own", 3, "resend"),
        _scenario("ticks", "whole keyed", 3, "batch"),
        _scenario("new histories", "keyed", 4, "clear restore failover"),
        _scenario("two browsers", "keyed", 4, browsers=2),
        _scenario("two processes", "keyed", 4, "clear", processes=2),
        _scenario("two of each", "laned", 4, "failover", processes=2, browsers=2),
    )
}
