"""Statistics, pages of entries and copies of a Redis store. Sans-I/O; see `client`."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from broadcast.stores.base import invalid_value, new_epoch
from broadcast.stores.redis.apply import entry_in
from broadcast.stores.redis.keys import Command, Layout, Steps
from broadcast.stores.redis.read import heads, reading_beside
from broadcast.stores.redis.repair import asking
from broadcast.stores.thinning import newest_numbers
from broadcast.types import Delta, Entry, KeyspaceCopy, KeyspaceStats, Page, Stored, entry_text

BATCH = 500  # entries searched in one round trip

_json = msgspec.json.Encoder().encode


def stats(layout: Layout) -> Steps[dict[str, KeyspaceStats]]:
    """Read the statistics of each keyspace, which the scripts count."""
    known = yield from heads(layout)
    commands: list[Command] = []
    for name in known:
        commands += [
            ("ZCARD", layout.key(name, "live")),
            ("ZCARD", layout.key(name, "lanes")),
            ("HMGET", layout.key(name, "meta"), "bytes", "evicted", "changed_at", "changed_by"),
        ]
    found = (yield commands) if commands else []
    return {
        name: _stats_of(entries, lanes, facts)
        for name, entries, lanes, facts in zip(known, found[::3], found[1::3], found[2::3], strict=True)
    }


def _stats_of(entries: int, lanes: int, facts: Sequence[bytes | None]) -> KeyspaceStats:
    size_bytes, evicted, changed_at, changed_by = facts
    return KeyspaceStats(
        entries,
        min(lanes or 1, entries),  # only a ring counts its lanes
        int(size_bytes or 0),
        int(evicted or 0),
        float(changed_at) if changed_at else None,
        (changed_by or b"").decode(),
    )


def page(layout: Layout, keyspace: str, text: str, skip: int, limit: int) -> Steps[Page]:
    """Read entries whose key or lane contains a text, newest first, and count them.

    With a text, all entries are searched in batches, and therefore not at one instant.
    """
    yield from asking(layout, [layout.call("head", keyspace, {})])  # repairs the keyspace if the server dropped keys
    if not text:
        first, last = (skip, skip + limit - 1) if limit else (1, 0)  # -1 would be the last entry
        keys, found = yield [
            ("ZRANGE", layout.key(keyspace, "live"), first, last, "REV"),
            ("ZCARD", layout.key(keyspace, "live")),
        ]
        return Page(list((yield from _entries(layout, keyspace, keys))), found)
    sought, entries, found, before = _lower(text), list[Entry](), 0, "+inf"
    while True:
        command: Command = ("ZRANGE", layout.key(keyspace, "live"), before, "-inf", "BYSCORE", "REV", "LIMIT", 0, BATCH)
        (keys,) = yield [command]
        batch = list((yield from _entries(layout, keyspace, keys)))
        for entry in batch:
            if sought in _lower(entry.key) or sought in _lower(entry.lane):
                found += 1
                if skip < found <= skip + limit:
                    entries.append(entry)
        if len(keys) < BATCH or not batch:
            return Page(entries, found)
        before = f"({batch[-1].revision}"


def _entries(layout: Layout, keyspace: str, keys: Sequence[bytes]) -> Steps[Iterator[Entry]]:
    (texts,) = (yield [("HMGET", layout.key(keyspace, "value"), *keys)]) if keys else ((),)
    found = (_entry(keyspace, key, text) for key, text in zip(keys, texts, strict=False) if text is not None)
    return (entry for entry in found if entry.value is not None)


def _entry(keyspace: str, key: bytes, text: bytes) -> Entry:
    try:
        return entry_in(text)
    except msgspec.DecodeError as exc:
        raise invalid_value(keyspace, key.decode(), exc) from exc


def _lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def exporting(layout: Layout, names: Sequence[str] | None) -> Steps[list[KeyspaceCopy]]:
    """Copy keyspaces, by default all but the store's own, without those that were never written."""
    known = yield from heads(layout)
    wanted = [name for name in sorted(known) if (name in names if names is not None else not name.startswith("_"))]
    beside: list[Command] = []
    for name in wanted:
        beside += [
            ("HGETALL", layout.key(name, "seq")),
            ("ZRANGE", layout.key(name, "expiry"), 0, -1, "WITHSCORES"),
        ]
    deltas, found = yield from reading_beside(layout, dict.fromkeys(wanted), beside)
    return [
        KeyspaceCopy(name, deltas[name].head, list(_stored(deltas[name], expiries)), _seqs(seqs))
        for name, seqs, expiries in zip(wanted, found[::2], found[1::2], strict=True)
    ]


def _stored(delta: Delta, expiries: Sequence[bytes]) -> Iterable[Stored]:
    expires_at = {key.decode(): float(at) for key, at in zip(expiries[::2], expiries[1::2], strict=True)}
    for key, lane, revision, at, value in delta.entries:
        yield Stored(key, lane, revision, at, expires_at.get(key), value or "null")


def _seqs(found: Sequence[bytes]) -> dict[str, int]:
    return {name.decode(): int(seq) for name, seq in zip(found[::2], found[1::2], strict=True)}


def restoring(layout: Layout, copies: Sequence[KeyspaceCopy]) -> Steps[None]:
    """Replace keyspaces with copies, all in one MULTI."""
    if copies:
        calls = [layout.call("restore", copy.keyspace, _copy(copy)) for copy in copies]
        yield [layout.add_to_index([copy.keyspace for copy in copies]), *calls]


def _copy(copy: KeyspaceCopy) -> dict[str, object]:
    entries = [
        (
            entry.key,
            entry_text(entry),
            entry.revision,
            _json(entry.lane).decode(),
            len(entry.value.encode()),
            False if entry.expires_at is None else entry.expires_at,
        )
        for entry in copy.entries
    ]
    courses = {_json(lane).decode(): newest for lane, newest in newest_numbers(copy.entries).items()}
    facts = {"epoch": new_epoch(), "revision": copy.head.revision, "seqs": copy.seqs, "courses": courses}
    return {**facts, "entries": entries}


def beginning(layout: Layout, keyspace: str) -> Steps[bool]:
    """Begin a new, empty epoch; False if the keyspace was never written."""
    nothing = {"epoch": new_epoch(), "revision": 0, "seqs": {}, "courses": {}, "entries": [], "must_exist": True}
    (begun,) = yield [layout.call("restore", keyspace, nothing)]
    return bool(begun)
