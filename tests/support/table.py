"""A small event table for tests: every kind of policy, with bounds that are reached at once."""

import random
from dataclasses import replace
from typing import Any

import msgspec

from broadcast.events.event_type import EventType
from broadcast.events.policies import REMOVE, counter, course, custom, last_value, ring, snapshot
from dashboard_project import event_types


class Keyed(msgspec.Struct):
    key: str
    n: int


class Laned(msgspec.Struct):
    lane: str
    n: int


class Whole(msgspec.Struct):
    n: int


def remove_odd(previous: Any, event: Any) -> Any:
    return REMOVE if event["n"] % 2 else event


EVENT_TYPES = [
    EventType("keyed", Keyed, last_value("key", max_keys=4), title="Keyed"),
    EventType("brief", Keyed, last_value("key", max_keys=9, ttl_s=10), title="Brief"),
    EventType("laned", Laned, ring(3, lane="lane", max_lanes=2), title="Laned"),
    EventType("course", Laned, course(5, lane="lane", max_lanes=2), title="Course"),
    EventType("recent", Whole, ring(2), title="Recent"),
    EventType("whole", Whole, snapshot(), title="Whole"),
    EventType("sum", Keyed, counter("n", "key", max_keys=3), title="Sum"),
    EventType("own", Keyed, custom(remove_odd, "key", max_keys=3), title="Own"),
]
TABLE = {kind.name: kind for kind in EVENT_TYPES}
BOARD = tuple(TABLE)


def random_event(rng: random.Random) -> dict[str, Any]:
    return {"type": rng.choice(BOARD), "key": rng.choice("abcde"), "lane": rng.choice("xyz"), "n": rng.randrange(100)}


class Numbered(msgspec.Struct):
    id: int


# For tests that count every event; too long to be noted after each commit.
LOG = EventType("log", Numbered, ring(20_000), title="Log")
EVENT_TYPES_AND_LOG = [*EVENT_TYPES, LOG]

# The deployment's own, with a bound that a test reaches soon.
FEW_PREDICTIONS = 400
EVENT_TYPES_OF_FEW_PREDICTIONS = [
    replace(kind, policy=last_value("episode_id", "window_idx", max_keys=FEW_PREDICTIONS))
    if kind.name == "prediction"
    else kind
    for kind in event_types.EVENT_TYPES
]
