"""What people are shown of the store: counts per keyspace, and entries. Works over any store."""

from typing import NamedTuple, TypedDict

from broadcast.caches.base import StickyCache
from broadcast.words import Cursor, Entry


class KeyspaceCount(TypedDict):
    """What `/healthz` says of one keyspace."""

    entries: int
    epoch: str
    revision: int


class KeyspacePicture(NamedTuple):
    """A keyspace as it stands."""

    name: str
    head: Cursor
    entries: list[Entry]


def counts(store: StickyCache) -> dict[str, KeyspaceCount]:
    """Return the number of entries, epoch and revision of each keyspace."""
    live = store.sizes()
    return {
        name: {"entries": live.get(name, 0), "epoch": head.epoch, "revision": head.revision}
        for name, head in sorted(store.heads().items())
        if is_public(name)
    }


def pictures(store: StickyCache, names: list[str] | None = None) -> list[KeyspacePicture]:
    """Return keyspaces with all their entries, newest last; by default every one that was written."""
    wanted = names if names is not None else [name for name in sorted(store.heads()) if is_public(name)]
    deltas = store.since(dict.fromkeys(wanted))
    return [KeyspacePicture(name, delta.head, delta.entries) for name, delta in deltas.items()]


def is_public(keyspace: str) -> bool:
    """Whether a keyspace is shown; those that begin with "_" are the store's own."""
    return not keyspace.startswith("_")
