"""A thousand event types, whose cursor is longer than the first line of a request may be."""

from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import latest


class Reading(Struct):
    value: int


NAMES = [f"reading_of_sensor_{number:04}" for number in range(1000)]
EVENT_TYPES = [EventType(name, Reading, latest(), title=name) for name in NAMES]
