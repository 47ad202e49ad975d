"""What is asked of Redis about keyspaces as a whole, and about one entry. Pure; `redis_link` does the I/O."""

from typing import Any

from broadcast.caches.base import new_epoch
from broadcast.caches.redis_apply import value_in
from broadcast.caches.redis_layout import Layout, Steps, Words
from broadcast.words import Cursor


def heads(layout: Layout) -> Steps[dict[str, Cursor]]:
    """Read the head of every keyspace that was ever written."""
    found = yield from _of_each(layout, lambda name: ("HMGET", layout.key(name, "meta"), "epoch", "revision"))
    return {name: Cursor(epoch.decode(), int(revision)) for name, (epoch, revision) in found.items() if epoch}


def sizes(layout: Layout) -> Steps[dict[str, int]]:
    """Read the number of live entries of every keyspace that was ever written."""
    known = yield from heads(layout)
    counts = (yield [("ZCARD", layout.key(name, "live")) for name in known]) if known else []
    return dict(zip(known, counts, strict=True))


def finding(layout: Layout, keyspace: str, key: str) -> Steps[tuple[str, float | None, float] | None]:
    """Read an entry's JSON text, when it expires, and the server's time; None where there is no entry."""
    text, expires_at, (seconds, micros) = yield [
        ("HGET", layout.key(keyspace, "value"), key),
        ("ZSCORE", layout.key(keyspace, "expiry"), key),
        ("TIME",),
    ]
    value = value_in(text) if text is not None else None
    if value is None:
        return None
    return value, None if expires_at is None else float(expires_at), int(seconds) + int(micros) / 1e6


def beginning(layout: Layout, keyspace: str, now: float | None) -> Steps[bool]:
    """Begin a new epoch with nothing in it; False where the keyspace was never written."""
    begun = yield [layout.call("start_over", keyspace, {"epoch": new_epoch(), "now": now})]
    return bool(begun[0])


def _of_each(layout: Layout, ask: Any) -> Steps[dict[str, Any]]:
    (names,) = yield [("SMEMBERS", layout.index)]
    known = sorted(name.decode() for name in names)
    questions: list[Words] = [ask(name) for name in known]
    return dict(zip(known, (yield questions), strict=True)) if known else {}
