"""The part of a board's state that its page contains, so that the first paint has data. Sans-I/O.

The budget is divided among the keyspaces. One that needs less than its share is contained as a whole and leaves the
rest to the others. Of a larger one, the page contains the newest entries, as a preview without a cursor. A page with
previews fetches the complete state (`GET /api/state`) before it opens its socket.
"""

from collections.abc import Iterator, Sequence

import msgspec

FIRST_PAINT_BYTES = 192 * 1024


class _Update(msgspec.Struct):
    sections: list[msgspec.Raw]


class _Section(msgspec.Struct):
    type: str
    entries: list[msgspec.Raw]


_read_update = msgspec.json.Decoder(_Update).decode
_read_section = msgspec.json.Decoder(_Section).decode


def first_paint(update: str, budget_bytes: int = FIRST_PAINT_BYTES) -> str:
    """Return an update with the keyspaces that fit as `sections`, and of the others the newest entries as `previews`.

    Every keyspace has at least its newest entry, even if that exceeds the budget.

    Args:
        update: the complete state.
    """
    if len(update) <= budget_bytes and update.isascii():
        return update
    whole: list[bytes] = []
    previews: list[bytes] = []
    sections = sorted((bytes(section) for section in _read_update(update).sections), key=len)
    for index, section in enumerate(sections):
        part = _cut(section, budget_bytes // (len(sections) - index))
        (whole if part is section else previews).append(part)
        budget_bytes = max(0, budget_bytes - len(part))
    return (b'{"op":"update","sections":[%b],"previews":[%b]}' % (b",".join(whole), b",".join(previews))).decode()


def _cut(section: bytes, budget_bytes: int) -> bytes:
    """Return a section itself, or its newest entries at the head of a keyspace that was never written."""
    if len(section) <= budget_bytes:
        return section
    full = _read_section(section)
    newest = list(_newest(full.entries, budget_bytes))[::-1]
    if len(newest) == len(full.entries):  # a large snapshot
        return section
    head = b'{"type":"%b","epoch":"","from":0,"to":0,"reset":true,"entries":[' % full.type.encode()
    return head + b",".join(newest) + b"]}"


def _newest(entries: Sequence[msgspec.Raw], budget_bytes: int) -> Iterator[bytes]:
    """Yield entries from the last one back, while they fit."""
    for number, entry in enumerate(reversed(entries)):
        text = bytes(entry)
        budget_bytes -= len(text) + 1
        if budget_bytes < 0 and number:
            return
        yield text
