"""Reads of the store for people: counts, keyspaces and entries.

Works with any store, and reads only what is displayed.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from broadcast.conf import event_types
from broadcast.errors import StoreUnusable, UnknownEventType
from broadcast.events.policies import DEFAULT_MAX_KEYS
from broadcast.stores.base import StickyCache
from broadcast.types import NEVER_WRITTEN, Batch, Bounds, Cursor, KeyspaceStats, Write

log = logging.getLogger("broadcast.ops.queries")

NO_STATS = KeyspaceStats(0, 0, 0, 0, None, "")

# From `Write.producer` to the name that people know. Only the app that authenticates producers knows it.
Naming = Callable[[Iterable[str]], Mapping[str, str]]
namings: list[Naming] = []


class KeyspaceSummary(NamedTuple):
    """A keyspace in one line.

    `policy` is empty if the table of event types does not contain the keyspace; `newest_at`, in seconds since 1970,
    is None if there is no entry.
    """

    name: str
    title: str
    policy: dict[str, Any]
    size: int
    head: Cursor
    newest_at: float | None
    stats: KeyspaceStats

    @property
    def is_ring(self) -> bool:
        """Whether each event is a separate entry."""
        return (kind := event_types().get(self.name)) is not None and kind.policy.appends

    @property
    def is_written(self) -> bool:
        """Whether it has a history, and therefore can be cleared."""
        return self.head != NEVER_WRITTEN

    @property
    def policy_text(self) -> str:
        """The policy and its bounds, such as "last_value, key model, max_keys 64"."""
        facts = dict(self.policy)
        name = facts.pop("policy", "not in the table of event types")
        return ", ".join([name, *(f"{fact} {_fact_text(value)}" for fact, value in facts.items())])


def counts(store: StickyCache) -> dict[str, dict[str, Any]]:
    live = store.sizes()
    return {
        name: {"entries": live.get(name, 0), "epoch": head.epoch, "revision": head.revision}
        for name, head in sorted(store.heads().items())
        if is_displayed(name)
    }


def keyspace_names(store: StickyCache) -> list[str]:
    """Return all public keyspaces: the table of event types in its order, then any others that were written."""
    known = list(event_types())
    return known + sorted(name for name in store.heads() if is_displayed(name) and name not in known)


def pick_names(store: StickyCache, wanted: Sequence[str]) -> list[str]:
    """Return the requested names without duplicates.

    Raises:
        UnknownEventType: a name is neither in the table nor in the store.
    """
    known = keyspace_names(store)
    for name in wanted:
        if name not in known:
            raise UnknownEventType(name, known)
    return list(dict.fromkeys(wanted))


def summaries(store: StickyCache, names: Iterable[str] | None = None) -> list[KeyspaceSummary]:
    """Return a summary of each keyspace, by default of all public ones."""
    wanted = list(names) if names is not None else keyspace_names(store)
    heads, stats = store.heads(), _stats(store)
    held = {name: stats.get(name, NO_STATS) for name in wanted}
    return [
        KeyspaceSummary(
            name,
            *_title_and_policy(name),
            held[name].entries,
            heads.get(name, NEVER_WRITTEN),
            _newest_at(store, name) if held[name].entries else None,
            held[name],
        )
        for name in wanted
    ]


def send_again(store: StickyCache, keyspace: str, key: str) -> bool:
    """Apply the unchanged value of an entry once more, bypassing its policy; return False if there is no entry.

    It gets a new revision and the current time, so every browser is sent it. In a ring or a course, this adds a copy.
    """
    entries = store.since({keyspace: None})[keyspace].entries
    entry = next((entry for entry in entries if entry.key == key), None)
    if entry is None:
        return False
    kind = event_types().get(keyspace)
    bounds = kind.policy.bounds if kind else Bounds(max_keys=DEFAULT_MAX_KEYS)
    named = None if kind and kind.policy.appends else key
    store.apply([Batch(keyspace, bounds, [Write(named, entry.lane, entry.value)])])
    store.changed_elsewhere()
    return True


def producer_names(producers: Iterable[str]) -> dict[str, str]:
    """Return a name for each producer: by default its identifier; "" remains ""."""
    known = set(producers)
    return {name: name for name in known} | {key: name for naming in namings for key, name in naming(known).items()}


def is_displayed(keyspace: str) -> bool:
    """Whether a keyspace is displayed; a leading "_" marks those of the server itself."""
    return not keyspace.startswith("_")


def _stats(store: StickyCache) -> dict[str, KeyspaceStats]:
    try:
        return store.stats()
    except StoreUnusable as exc:  # it must still be listed, so that it can be cleared
        log.warning("keyspaces are counted only partly: %s", exc)
        return {name: NO_STATS._replace(entries=size) for name, size in store.sizes().items()}


def _newest_at(store: StickyCache, name: str) -> float | None:
    try:
        newest = store.page(name, limit=1).entries
    except StoreUnusable:
        return None
    return newest[0].at if newest else None


def _title_and_policy(name: str) -> tuple[str, dict[str, Any]]:
    event_type = event_types().get(name)
    return (event_type.title, event_type.policy.describe()) if event_type else ("", {})


def _fact_text(value: object) -> str:
    return " + ".join(map(str, value)) if isinstance(value, list) else str(value)
