"""Reads heads, sizes and single entries from Redis. Sans-I/O; see `client`."""

import msgspec

from broadcast.stores.base import invalid_value
from broadcast.stores.redis.apply import value_in
from broadcast.stores.redis.keys import Layout, Steps
from broadcast.stores.redis.repair import asking
from broadcast.types import Cursor


def heads(layout: Layout) -> Steps[dict[str, Cursor]]:
    """Read the head of every keyspace that was written."""
    (names,) = yield [("SMEMBERS", layout.index)]
    known = sorted({*(name.decode() for name in names), *layout.names()})  # the server may have dropped the index
    found = (yield from asking(layout, [layout.call("head", name, {}) for name in known])) if known else []
    heads = zip(known, found, strict=True)
    return {name: Cursor(epoch.decode(), revision) for name, (epoch, revision) in heads if epoch}


def sizes(layout: Layout) -> Steps[dict[str, int]]:
    """Read the number of live entries of every keyspace that was written."""
    known = yield from heads(layout)
    counts = (yield [("ZCARD", layout.key(name, "live")) for name in known]) if known else []
    return dict(zip(known, counts, strict=True))


def finding(layout: Layout, keyspace: str, key: str) -> Steps[tuple[str, float | None] | None]:
    """Read an entry's JSON text and its expiry; None if there is no entry."""
    text, expires_at = yield [
        ("HGET", layout.key(keyspace, "value"), key),
        ("ZSCORE", layout.key(keyspace, "expiry"), key),
    ]
    value = _value(keyspace, key, text)
    return None if value is None else (value, None if expires_at is None else float(expires_at))


def present(layout: Layout, keyspace: str, key: str) -> Steps[str | None]:
    """Read the JSON text of an entry that has not expired."""
    question = {"keys": [key], "producers": []}
    ((_, (text,), _),) = yield from asking(layout, [layout.call("previous", keyspace, question)])
    return _value(keyspace, key, text)


def _value(keyspace: str, key: str, text: bytes | None) -> str | None:
    try:
        return value_in(text) if text is not None else None
    except msgspec.DecodeError as exc:
        raise invalid_value(keyspace, key, exc) from exc
