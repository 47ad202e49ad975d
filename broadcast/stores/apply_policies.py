"""What a batch changes in a keyspace, before bounds: applies policies, drops duplicates, coalesces values.

Sans-I/O: the store passes in what it has stored, and applies the result in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from broadcast.events.exact_numbers import inexact_in
from broadcast.events.policies import IGNORE, REMOVE
from broadcast.types import Batch, Write, put_last

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

_NULL = b"null"  # a removal on the wire


class Change(NamedTuple):
    """An entry to write (`value` is JSON text) or remove (None). If `key` is None, the key is its revision."""

    key: str | None
    lane: str
    value: str | None


@dataclass(slots=True)
class Decided:
    """Changes in the order of each key's last write, and the newest seq per producer.

    `changed_by` is the producer of the last change, "" if it has none.
    """

    changes: list[Change] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)
    changed_by: str = ""


def apply_policies(batch: Batch, applied: Mapping[str, int], previous: Callable[[str], str | None]) -> Decided:
    """Return the changes of a batch, and set the `failure` of each write, also if the batch is decided again.

    Args:
        batch: writes in the order of arrival.
        applied: the newest seq of each producer that this keyspace has applied.
        previous: returns the JSON text stored at a key, or None. Called at most once per key, and never for
            blind policies.
    """
    if batch.decide is None:
        return _newest(batch.writes, applied)
    decided = Decided()
    pending: dict[object, Change] = {}
    values: dict[str, str | None] = {}
    for write in batch.writes:
        write.failure = None
        if write.seq and write.seq <= applied.get(write.producer, 0):
            continue  # a duplicate, sent again after a lost acknowledgement
        try:
            change = _change(batch, write, values, previous)
        except Exception as exc:  # a user's policy may raise anything; only its own event fails
            write.failure = f"{type(exc).__name__}: {exc}"
            continue  # its seq is not stored, so it may be sent again, unless a later seq of its producer was applied
        if write.seq:
            decided.seqs[write.producer] = max(write.seq, decided.seqs.get(write.producer, 0))
        if change is not None:
            put_last(pending, object() if change.key is None else change.key, change)
            decided.changed_by = write.producer
    decided.changes = list(pending.values())
    return decided


def _newest(writes: Sequence[Write], applied: Mapping[str, int]) -> Decided:
    """Return the last write of each key, without a call for each event, because there may be thousands in a tick."""
    decided = Decided()
    pending: dict[str | int, Write] = {}
    producer, seq, is_new = "", 0, True  # of the write before, which is mostly of the same message
    for write in reversed(writes):
        if write.seq != seq or write.producer != producer:
            producer, seq = write.producer, write.seq
            is_new = not seq or seq > applied.get(producer, 0)
            if seq and is_new:
                decided.seqs[producer] = max(seq, decided.seqs.get(producer, 0))
        if not is_new:
            continue  # a duplicate, sent again after a lost acknowledgement
        key = len(pending) if write.key is None else write.key
        if key not in pending:
            pending[key] = write
    decided.changes = [Change(write.key, write.lane, write.value) for write in reversed(pending.values())]
    decided.changed_by = next(iter(pending.values())).producer if pending else ""
    return decided


def _change(
    batch: Batch, write: Write, values: dict[str, str | None], previous: Callable[[str], str | None]
) -> Change | None:
    if batch.decide is None or write.event is None:
        if batch.decide is not None and write.key is not None:
            values[write.key] = write.value
        return Change(write.key, write.lane, write.value)
    key = write.key or ""
    if key not in values:
        values[key] = previous(key)
    text = values[key]
    after = batch.decide(None if text is None else _decode(text), write.event)
    if after is IGNORE:
        return None
    # As text, so that the next event of this tick sees what a later one would read from the store.
    values[key] = None if after is REMOVE else _value(after, batch.max_value_bytes)
    return Change(key, write.lane, values[key])


def _value(after: Any, limit: int | None) -> str:
    value = _encode(after)
    if value == _NULL:  # also the encoding of NaN and the infinities, which are not JSON
        raise ValueError(f"it returned {after}; return IGNORE to leave the entry unchanged, or REMOVE to remove it")
    if limit is not None and len(value) > limit:
        raise ValueError(f"the value would be {len(value)} bytes; the limit is {limit}")
    if inexact := inexact_in(after, value):
        raise ValueError(inexact)
    return value.decode()
