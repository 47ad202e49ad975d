"""No figures for a run that broke a promise: the six guarantees over recorded connections."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.dashboard.event_types import TICKS_KEPT
from benchmarks.publishers.events import EVENT_BYTES, GAUGE_KEYS
from broadcast.testing.guarantees import check_all
from tests.support.picture import Picture

WHOLE_EVERY = 50  # updates; in between only what is new is compared, as the ring has 20,000 entries
SHOWN = 600  # characters of a violation that are printed
RECORD = "\x1e"  # follows each message in a recording; messages contain line breaks


class Violation(Exception):
    """A recorded connection saw what the product promises never to show."""


class Ring:
    """What the store holds of the ticks at a revision: equal to the entries of a right picture.

    In a fresh keyspace with one producer that numbers from 1, event n is revision n.
    """

    def __init__(self) -> None:
        self.revision, self.checked, self._comparisons = 0, 0, 0

    __hash__ = None

    def __eq__(self, entries: object) -> bool:
        self._comparisons += 1
        first = max(1, self.revision - TICKS_KEPT + 1)
        if self._comparisons % WHOLE_EVERY == 0:
            wanted = range(first, self.revision + 1)
            return len(entries) == len(wanted) and all(_is_tick(entries, n) for n in wanted)
        fresh = range(max(first, self.checked + 1), self.revision + 1)
        self.checked = self.revision
        is_bounded = len(entries) == self.revision - first + 1 and next(iter(entries), str(first)) == str(first)
        return is_bounded and all(_is_tick(entries, n) for n in fresh)

    def __repr__(self) -> str:
        return f"the ring at {self.revision}"


class Folded:
    """What a folding keyspace may hold at any time: of each key a value that was published for it."""

    __hash__ = None

    def __eq__(self, entries: object) -> bool:
        return all(_is_published(value) for _, _, value in entries.values())

    def __repr__(self) -> str:
        return "values that were published"


class Published(Mapping):
    """A `History` that is computed from what was published, as a full rate leaves no time to note it."""

    def __init__(self, published: int, ring: str = "tick") -> None:
        self.published, self.ring_name = published, ring
        self._ring, self._folded = Ring(), Folded()

    def __getitem__(self, point: tuple[str, str, int]) -> Any:
        name, _, revision = point
        if not 0 < revision <= self.published:
            raise KeyError(point)
        if name != self.ring_name:
            return self._folded
        self._ring.revision = revision
        return self._ring

    def __iter__(self) -> Iterator:
        raise TypeError("what was published has no list of commits")

    def __len__(self) -> int:
        return self.published


def check_samples(folder: Path, published: int, state: bytes) -> list[str]:
    """Check each recorded connection, and return a description of each recording.

    Args:
        folder: where the generator recorded.
        published: how many events there were.
        state: the board's whole state after the last of them, as HTTP tells it.

    Raises:
        Violation: the sentence of the guarantee that was broken.
    """
    store = Picture()
    store.apply(json.loads(state))
    final = store.contents()
    return [_check(path, published, final) for path in sorted(folder.glob("*.json-seq"))]


def _check(path: Path, published: int, final: dict[str, Any]) -> str:
    transcript = [{"op": "open", "cursor": "", "heads": {}}, *map(json.loads, path.read_text().split(RECORD)[:-1])]
    reached = {section["type"]: section["to"] for message in transcript for section in message.get("sections", ())}
    is_whole = all(reached.get(name, 0) == head[1] for name, (head, _) in final.items())
    try:
        check_all(transcript, Published(published), final if is_whole else None, complete=set(final))
    except AssertionError as error:
        raise Violation(f"connection {path.stem}: {str(error)[:SHOWN]}") from error
    return f"connection {path.stem}: {'all' if is_whole else 'the first'} {len(transcript) - 1} messages"


def _is_tick(entries: Any, n: int) -> bool:
    lane, revision, value = entries.get(str(n), ("", 0, {}))
    is_in_place = (lane, revision, value.get("n")) == ("", n, n)
    return is_in_place and len(json.dumps(value, separators=(",", ":"))) >= min(EVENT_BYTES, 100)


def _is_published(value: dict[str, Any]) -> bool:
    key = value["n"] % GAUGE_KEYS if value["type"] == "gauge" else 0
    return value["k"] == key and value["t"] > 0
