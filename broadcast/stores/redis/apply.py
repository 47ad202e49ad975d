"""Applies a tick in Redis. Sans-I/O: yields commands, and `client` sends them.

    blind policies                              apply.lua
    other policies      previous.lua ─► policies ─► apply.lua, refused if there was a change in between

A tick of blind policies is one round trip, regardless of the number of keyspaces; other policies need one more.
If another process was faster, the keyspace is read and decided again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from broadcast.errors import HeadMoved, StoreUnavailable
from broadcast.stores.apply_policies import apply_policies
from broadcast.stores.base import SWEEP_LIMIT, new_epoch
from broadcast.stores.redis.keys import Layout, Steps
from broadcast.stores.redis.repair import asking, dropping, is_damaged, repairing
from broadcast.stores.thinning import key_of
from broadcast.types import LIMITS, Batch, Delta, Entry, Limits, Row, Write, entry_of

# Each refusal means that another process's tick was applied, so there is progress. With at most 60 ticks per second
# and process, conflicts are rare even with dozens of processes.
MAX_ATTEMPTS: Final = 50

_json = msgspec.json.Encoder().encode
_Result = tuple[str, int, int, bool, str, list[int | str], list[int | bool], int]
_decode_result = msgspec.msgpack.Decoder(_Result).decode
_decode_floors = msgspec.json.Decoder(dict[str, int]).decode
_decode_row = msgspec.json.Decoder(Row).decode


@dataclass(slots=True)
class Tick:
    """One keyspace's part of a tick.

    `expected` identifies the state that a policy has read; the script refuses if it has changed.
    """

    batch: Batch
    writes: list[Write]
    seqs: dict[str, int]
    expected: str | None = None


def applying(layout: Layout, batches: Sequence[Batch], limits: Limits = LIMITS) -> Steps[list[Delta]]:
    """Apply batches.

    Raises:
        HeadMoved: the keyspace of a batch with a `head` has another one.
        StoreUnavailable: other processes were faster every time.
    """
    done: dict[str, Delta] = {}
    waiting = list(batches)
    for _ in range(MAX_ATTEMPTS):
        ticks = yield from _deciding(layout, waiting)
        calls = [layout.call("apply", tick.batch.keyspace, _argument(tick, limits)) for tick in ticks]
        _, *answers = yield [layout.add_to_index([tick.batch.keyspace for tick in ticks]), *calls]
        for tick, answer in zip(ticks, answers, strict=True):
            if answer[0] == b"moved":
                raise HeadMoved(tick.batch.keyspace)
            if answer[0] == b"applied":
                done[tick.batch.keyspace] = _applied(tick, answer)
        if damaged := [call for call, answer in zip(calls, answers, strict=True) if is_damaged(answer)]:
            yield from repairing(layout, damaged)
        waiting = [batch for batch in waiting if batch.keyspace not in done]
        if not waiting:
            return [done[batch.keyspace] for batch in batches]
    if damaged:
        raise dropping()
    names = ", ".join(batch.keyspace for batch in waiting)
    raise StoreUnavailable(
        f"other processes changed {names} {MAX_ATTEMPTS} times in between", "let fewer processes write these types"
    )


def _deciding(layout: Layout, batches: Sequence[Batch]) -> Steps[list[Tick]]:
    """Return the ticks of batches; read the previous values first if a policy needs them."""
    reading = [batch for batch in batches if batch.decide is not None and batch.writes]
    held: dict[str, Any] = {}
    if reading:
        questions = [{"keys": _keys_of(batch), "producers": _producers_of(batch)} for batch in reading]
        calls = [
            layout.call("previous", batch.keyspace, asked) for batch, asked in zip(reading, questions, strict=True)
        ]
        answers = yield from asking(layout, calls)
        held = {batch.keyspace: answer for batch, answer in zip(reading, answers, strict=True)}
    return [_decided(batch, held[batch.keyspace]) if batch.keyspace in held else _blind(batch) for batch in batches]


def _keys_of(batch: Batch) -> list[str]:
    return list(dict.fromkeys(write.key or "" for write in batch.writes if write.event is not None))


def _producers_of(batch: Batch) -> list[str]:
    return list(dict.fromkeys(write.producer for write in batch.writes if write.seq))


def _decided(batch: Batch, held: Sequence[Any]) -> Tick:
    token, texts, seqs = held
    stored = {key: text for key, text in zip(_keys_of(batch), texts, strict=True) if text is not None}
    known = {name: int(seq) for name, seq in zip(_producers_of(batch), seqs, strict=True) if seq is not None}
    decided = apply_policies(batch, known, lambda key: value_in(stored[key]) if key in stored else None)
    writes = [Write(*change, producer=decided.changed_by) for change in decided.changes]
    return Tick(batch, writes, decided.seqs, token.decode())


def _blind(batch: Batch) -> Tick:
    """Drop writes that a later one of the same key replaces, whichever of them are duplicates."""
    writes: list[Write] = []
    settled: set[str] = set()
    newest: dict[tuple[str, str], int] = {}
    seqs: dict[str, int] = {}
    for write in reversed(batch.writes):
        if write.seq:
            seqs[write.producer] = max(write.seq, seqs.get(write.producer, 0))
        if write.key is not None:
            if write.key in settled or 0 < write.seq <= newest.get((write.key, write.producer), 0):
                continue
            if write.seq:
                newest[write.key, write.producer] = write.seq
            else:
                settled.add(write.key)
        writes.append(write)
    writes.reverse()
    return Tick(batch, writes, seqs)


def _argument(tick: Tick, limits: Limits) -> dict[str, Any]:
    bounds, head = tick.batch.bounds, tick.batch.head
    return {
        "expected": tick.expected,
        "head": None if head is None else f"{head.epoch}:{head.revision}",
        "epoch": new_epoch(),
        "ttl_s": bounds.ttl_s,
        "per_lane": bounds.per_lane,
        "max_lanes": bounds.max_lanes,
        "max_keys": bounds.max_keys,
        "thins": bounds.thins,
        "max_swept": SWEEP_LIMIT,
        "max_removals": limits.removals,
        "max_producers": limits.producers,
        "seqs": tick.seqs,
        "writes": [_packed(write) for write in tick.writes],
    }


def _packed(write: Write) -> tuple[Any, ...]:
    # False instead of None, because a Lua list ends at its first nil. Without a key, its text is the plain lane.
    key = False if write.key is None else write.key
    key_text = write.lane if write.key is None else _json(write.key).decode()
    value = False if write.value is None else write.value
    return key, key_text, _json(write.lane).decode(), value, write.producer, write.seq


def _applied(tick: Tick, answer: Sequence[bytes]) -> Delta:
    epoch, before, after, is_first, at, changes, numbers, dropped = _decode_result(answer[1])
    floors, strides = _decode_floors(answer[2]), _decode_floors(answer[3])
    entries = []
    for revision, change in enumerate(changes, before + 1):
        if isinstance(change, str):
            entries.append(entry_in(change))
            continue
        write, number = tick.writes[change - 1], numbers[change - 1] if numbers else False
        key = write.key if number is False else key_of(write.lane, number)
        entries.append(Entry(str(revision) if key is None else key, write.lane, revision, float(at), write.value))
    if floors:
        entries = [entry for entry in entries if not entry.is_evicted(floors)]
    if is_first:
        return Delta(tick.batch.keyspace, epoch, before, after, True, {}, entries, dropped=dropped)
    return Delta(tick.batch.keyspace, epoch, before, after, False, floors, entries, strides, dropped)


def entry_in(text: str | bytes) -> Entry:
    return entry_of(_decode_row(text))


def value_in(text: bytes) -> str | None:
    """Return the JSON text of the value of a stored entry; None for a removal."""
    return entry_in(text).value
