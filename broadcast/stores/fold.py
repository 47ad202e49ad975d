"""What one tick changes in one keyspace, before bounds: policies applied, repeats dropped, values folded.

Pure: the store passes in what it has, and applies what comes out in the same transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from broadcast.events.exact import inexact_in
from broadcast.events.policies import IGNORE, REMOVE
from broadcast.types import Batch, Write, put_last

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

_NULL = b"null"  # on the wire a removal


class Change(NamedTuple):
    """One entry to write (`value` is JSON text) or remove (None); key None: named by its revision."""

    key: str | None
    lane: str
    value: str | None


@dataclass(slots=True)
class Folded:
    """Changes in the order of each key's last write, the newest seq per producer, and failures by index.

    `changed_by` is the producer of the last change, "" where nobody is named.
    """

    changes: list[Change] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    changed_by: str = ""


def fold(batch: Batch, applied: Mapping[str, int], previous: Callable[[str], str | None]) -> Folded:
    """Work out what a batch changes.

    Args:
        batch: writes in the order they came.
        applied: newest seq that this keyspace has applied of each producer.
        previous: returns the JSON text kept under a key, or None; called once per key at most, and
            never for blind policies.
    """
    folded = Folded()
    pending: dict[object, Change] = {}
    kept: dict[str, str | None] = {}
    for index, write in enumerate(batch.writes):
        if write.seq and write.seq <= applied.get(write.producer, 0):
            continue  # sent again after a lost acknowledgement
        try:
            change = _change(batch, write, kept, previous)
        except Exception as exc:  # a user's policy may raise anything; it harms its own event only
            folded.failed[index] = f"{type(exc).__name__}: {exc}"
            continue  # and leaves no seq: sent again, it is tried again, unless another of its producer was applied
        if write.seq:
            folded.seqs[write.producer] = max(write.seq, folded.seqs.get(write.producer, 0))
        if change is not None:
            put_last(pending, object() if change.key is None else change.key, change)
            folded.changed_by = write.producer
    folded.changes = list(pending.values())
    return folded


def _change(
    batch: Batch, write: Write, kept: dict[str, str | None], previous: Callable[[str], str | None]
) -> Change | None:
    if batch.decide is None or write.event is None:
        if batch.decide is not None and write.key is not None:
            kept[write.key] = write.value
        return Change(write.key, write.lane, write.value)
    key = write.key or ""
    if key not in kept:
        kept[key] = previous(key)
    text = kept[key]
    after = batch.decide(None if text is None else _decode(text), write.event)
    if after is IGNORE:
        return None
    # As text: what the next event of this tick sees must be what a later one would read from the store.
    kept[key] = None if after is REMOVE else _value(after, batch.max_value_bytes)
    return Change(key, write.lane, kept[key])


def _value(after: Any, limit: int | None) -> str:
    value = _encode(after)
    if value == _NULL:  # of None, and of NaN and the infinite numbers, which are no JSON
        msg = f"it returned {after}; return IGNORE to leave the entry as it is, or REMOVE to remove it"
        raise ValueError(msg)
    if limit is not None and len(value) > limit:
        msg = f"the value would be {len(value)} bytes; the limit is {limit}"
        raise ValueError(msg)
    if inexact := inexact_in(value, after):
        raise ValueError(inexact)
    return value.decode()
