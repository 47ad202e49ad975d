"""What is kept of an event type: pure functions from (previous, event) to the value to keep.

A policy says which key and lane an event has, what becomes of the entry there, and how much a
keyspace holds at most. One that does not look at the previous value is blind: the event itself is
the value, several in one tick fold into the last, and the store need not read.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from broadcast.events.exact import MAX_WHOLE
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


@dataclass(frozen=True, slots=True)
class Policy:
    """How one event type is kept.

    `key` names the fields whose values make an entry's key (none: there is one entry), `lane` the
    field that a ring counts over. With `appends`, every event is an entry of its own. `reads` names
    further fields that the policy needs in every event.
    """

    name: str
    bounds: Bounds
    key: tuple[str, ...] = ()
    lane: str | None = None
    appends: bool = False
    decide: Decide | None = None
    reads: tuple[str, ...] = ()

    @property
    def is_blind(self) -> bool:
        """Whether the value kept is the event itself, whatever was there before."""
        return self.decide is None

    @property
    def needed_fields(self) -> tuple[str, ...]:
        """Fields that every event must have for this policy to work."""
        return (*self.key, *((self.lane,) if self.lane else ()), *self.reads)

    def key_of(self, event: Mapping[str, Any]) -> str | None:
        """Return the key of the event's entry; None where the store names it by its revision."""
        return None if self.appends else join_key([event[name] for name in self.key])

    def lane_of(self, event: Mapping[str, Any]) -> str:
        """Return the lane of the event's entry; "" where the keyspace has one lane."""
        return str(event[self.lane]) if self.lane else ""

    def describe(self) -> dict[str, Any]:
        """Return name, key and bounds for people to read; nothing is computed from it."""
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
    r"""Join the values of key fields so that different values never make the same key.

    >>> join_key(["gbt"]), join_key(["a:b", 3])
    ('gbt', 'a\\:b:3')
    """
    if len(parts) == 1:
        return str(parts[0])
    return ":".join(str(part).replace("\\", "\\\\").replace(":", "\\:") for part in parts)


def last_value(*key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Keep the newest event of each key; beyond `max_keys` the key least recently sent goes."""
    return Policy("last_value", Bounds(max_keys=max_keys, ttl_s=ttl_s), key=key)


def ring(size: int, lane: str | None = None, max_lanes: int = DEFAULT_MAX_LANES, ttl_s: float | None = None) -> Policy:
    """Keep the `size` newest events, overall or of each value of the field `lane`."""
    lanes = max_lanes if lane else 1
    return Policy("ring", Bounds(per_lane=size, max_lanes=lanes, ttl_s=ttl_s), lane=lane, appends=True)


def snapshot(ttl_s: float | None = None) -> Policy:
    """Keep one event that is a whole picture, replaced whole by the next."""
    return Policy("snapshot", Bounds(max_keys=1, ttl_s=ttl_s))


def latest(ttl_s: float | None = None) -> Policy:
    """Keep the newest event."""
    return Policy("latest", Bounds(max_keys=1, ttl_s=ttl_s))


def counter(field: str, *key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Keep the sum of the numbers in `field`, overall or of each key; the rest as last sent."""

    def add(previous: Any, event: Any) -> Any:
        total = event[field] + (previous[field] if previous else 0)
        if not (math.isfinite(total) if isinstance(total, float) else abs(total) <= MAX_WHOLE):
            msg = f"the sum of {field} is no longer a finite number that every reader can hold"
            raise ValueError(msg)
        return {**event, field: total}

    bounds = Bounds(max_keys=max_keys if key else 1, ttl_s=ttl_s)
    return Policy("counter", bounds, key=key, decide=add, reads=(field,))


def newest(by: str, *key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Keep the event with the greatest `by` of each key, so that an older measurement never wins."""

    def later(previous: Any, event: Any) -> Any:
        return IGNORE if previous and event[by] < previous[by] else event

    bounds = Bounds(max_keys=max_keys if key else 1, ttl_s=ttl_s)
    return Policy("newest", bounds, key=key, decide=later, reads=(by,))


def merge(*key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Keep all fields ever sent of each key, each as last sent; the event type's byte limit bounds it."""

    def lay_over(previous: Any, event: Any) -> Any:
        return {**(previous or {}), **event}

    bounds = Bounds(max_keys=max_keys if key else 1, ttl_s=ttl_s)
    return Policy("merge", bounds, key=key, decide=lay_over)


def custom(decide: Decide, *key: str, max_keys: int = DEFAULT_MAX_KEYS, ttl_s: float | None = None) -> Policy:
    """Keep what your own function makes of the previous value (None at first) and the event.

    Args:
        decide: pure; returns the value to keep (anything JSON has but null), IGNORE to leave the
            entry as it is, or REMOVE to remove it. What it raises is told to the producer.
    """

    def decide_on_a_copy(previous: Any, event: Any) -> Any:
        # A store may have it decided anew, as another process was quicker: whoever adds to the event would add twice.
        return decide(previous, msgspec.json.decode(msgspec.json.encode(event)))  # quicker than copy.deepcopy

    bounds = Bounds(max_keys=max_keys if key else 1, ttl_s=ttl_s)
    return Policy(getattr(decide, "__name__", "custom"), bounds, key=key, decide=decide_on_a_copy)
