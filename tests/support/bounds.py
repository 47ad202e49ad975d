"""The bounds of policies, checked on what a store has."""

from collections.abc import Mapping

from broadcast.events.event_type import EventType
from broadcast.types import Delta


def check_bounds(deltas: Mapping[str, Delta], table: Mapping[str, EventType], now: float) -> None:
    """Check that bounds hold, and that a sweep has removed expired entries, in the complete contents of keyspaces."""
    for name, delta in deltas.items():
        bounds = table[name].policy.bounds
        lanes = [entry.lane for entry in delta.entries]
        assert len(lanes) <= (bounds.max_keys or len(lanes)), f"{name} exceeds max_keys"
        assert len(set(lanes)) <= (bounds.max_lanes or len(lanes)), f"{name} exceeds max_lanes"
        assert all(lanes.count(lane) <= (bounds.per_lane or len(lanes)) for lane in lanes), f"{name} exceeds per_lane"
        assert all(entry.at + (bounds.ttl_s or 1e9) > now for entry in delta.entries), f"{name} has an expired entry"
