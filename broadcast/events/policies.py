"""Policies: pure functions from (previous value, event) to the value to store.

A policy determines an event's key and lane, what happens to the entry at that key, and the bounds of the
keyspace. A policy that does not read the previous value is blind: the event itself is the value, several
events of one key in a tick are coalesced into the last, and the store need not read.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from broadcast.events.exact_numbers import MAX_WHOLE
from broadcast.types import Bounds, Decide


class _Verdict:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


IGNORE: Final = _Verdict("IGNORE")
REMOVE: Final = _Verdict("REMOVE")

DEFAULT_MAX_KEYS: Final = 1000
DEFAULT_MAX_LANES: Final = 64
MIN_COURSE: Final = 4  # with fewer entries, a course would be little more than its first and its newest event


@dataclass(frozen=True, slots=True)
class Policy:
    """What is stored of one event type.

    `key` names the fields that form an entry's key; without any, there is one entry. `lane` is the field
    whose values are the lanes of a ring. With `appends`, every event is an entry of its own. `reads` names
    further fields that every event must have.
    """

    name: str
    bounds: Bounds
    key: tuple[str, ...] = ()
    lane: str | None = None
    appends: bool = False
    decide: Decide | None = None  # None if the policy is blind
    reads: tuple[str, ...] = ()

    @property
    def needed_fields(self) -> tuple[str, ...]:
        return (*self.key, *((self.lane,) if self.lane else ()), *self.reads)

    def key_of(self, event: Mapping[str, Any]) -> str | None:
        """Return the key of the event's entry; None if the key is its revision."""
        if self.appends:
            return None
        names = self.key
        return str(event[names[0]]) if len(names) == 1 else join_key([event[name] for name in names])

    def lane_of(self, event: Mapping[str, Any]) -> str:
        """Return the lane of the event's entry; "" if the keyspace has one lane."""
        return str(event[self.lane]) if self.lane else ""

    def describe(self) -> dict[str, Any]:
        """Return name, key and bounds, for people only."""
        bounds = self.bounds
        facts = {
            "policy": self.name,
            "key": list(self.key) or None,
            "lane": self.lane,
            "max_keys": bounds.max_keys,
            "per_lane": bounds.per_lane,
            "max_lanes": bounds.max_lanes,
            "ttl_s": bounds.ttl_s,
        }
        return {name: fact for name, fact in facts.items() if fact is not None}


def join_key(parts: list[Any]) -> str:
    r"""Join the values of key fields; different values never have the same key.

    >>> join_key(["gbt"]), join_key(["a:b", 3])
    ('gbt', 'a\\:b:3')
    """
    if len(parts) == 1:
        return str(parts[0])
    return ":".join(str(part).replace("\\", "\\\\").replace(":", "\\:") for part in parts)


def last_value(*key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Store the newest event of each key. Beyond `max_keys`, the least recently sent key is evicted."""
    return Policy("last_value", Bounds(max_keys=max_keys, ttl_s=ttl_s), key=key)


def ring(size: int, lane: str | None = None, max_lanes: int = DEFAULT_MAX_LANES, ttl_s: float | None = None) -> Policy:
    """Store the `size` newest events, overall or for each value of the field `lane`."""
    lanes = max_lanes if lane else 1
    return Policy("ring", Bounds(per_lane=size, max_lanes=lanes, ttl_s=ttl_s), lane=lane, appends=True)


def course(size: int, lane: str | None = None, max_lanes: int = DEFAULT_MAX_LANES) -> Policy:
    """Store the whole history in at most `size` events, thinned evenly, overall or for each value of the field `lane`.

    When there would be more, every second one is removed, and from then on every second (fourth, …) new one is
    stored. The first and the newest event are always present.
    """
    bounds = Bounds(per_lane=size, max_lanes=max_lanes if lane else 1, thins=True)
    return Policy("course", bounds, lane=lane, appends=True)


def snapshot(ttl_s: float | None = None) -> Policy:
    """Store one event, which the next one replaces as a whole."""
    return Policy("snapshot", Bounds(max_keys=1, ttl_s=ttl_s))


def latest(ttl_s: float | None = None) -> Policy:
    """Store the newest event."""
    return Policy("latest", Bounds(max_keys=1, ttl_s=ttl_s))


def counter(field: str, *key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Store the sum of `field`, overall or for each key, and the other fields as last sent."""

    def add(previous: Any, event: Any) -> Any:
        total = event[field] + (previous[field] if previous else 0)
        if not (math.isfinite(total) if isinstance(total, float) else abs(total) <= MAX_WHOLE):
            raise ValueError(f"the sum of {field} is too large or not finite")
        return {**event, field: total}

    return _deciding("counter", add, key, max_keys, ttl_s, reads=(field,))


def newest(by: str, *key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Store the event with the greatest `by` of each key, so that an older measurement never wins."""

    def later(previous: Any, event: Any) -> Any:
        return IGNORE if previous and event[by] < previous[by] else event

    return _deciding("newest", later, key, max_keys, ttl_s, reads=(by,))


def merge(*key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Store all fields that were ever sent for a key, each as last sent, up to the event type's size limit."""

    def update(previous: Any, event: Any) -> Any:
        return {**(previous or {}), **event}

    return _deciding("merge", update, key, max_keys, ttl_s)


def custom(decide: Decide, *key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Store the result of your own function of the previous value (None at first) and the event.

    Args:
        decide: a pure function. It returns the value to store (any JSON but null), IGNORE to leave the entry
            unchanged, or REMOVE to remove it. If it raises, the producer gets the message.
    """

    def decide_on_copy(previous: Any, event: Any) -> Any:
        # If another process was faster, the store decides again; a function that changes the event would do so twice.
        return decide(previous, msgspec.json.decode(msgspec.json.encode(event)))  # faster than copy.deepcopy

    return _deciding(getattr(decide, "__name__", "custom"), decide_on_copy, key, max_keys, ttl_s)


def _deciding(
    name: str, decide: Decide, key: tuple[str, ...], max_keys: int, ttl_s: float | None, reads: tuple[str, ...] = ()
) -> Policy:
    return Policy(name, Bounds(max_keys=max_keys if key else 1, ttl_s=ttl_s), key=key, decide=decide, reads=reads)
