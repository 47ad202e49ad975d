"""States of a browser's picture: a real mirror, which the texts of updates change. Checks the guarantees on each."""

import json
from collections.abc import Mapping
from typing import Any

from broadcast.delivery.updates import read_cursor
from broadcast.testing.guarantees import ordered, replay_first, resumable, unique
from broadcast.types import NEVER_WRITTEN, Cursor
from tests.support.exploration.store_states import StoreStates
from tests.support.exploration.values import Numbers, clone
from tests.support.picture import Picture

HELLO = {"op": "hello"}


class Wrong(AssertionError):
    """Raised when a picture is not what the store had."""


class PictureStates:
    """All pictures that were reached."""

    def __init__(self, store: StoreStates) -> None:
        self._store = store
        self.pictures = Numbers[Picture]()
        self.first = self.pictures.of(Picture())
        self.updates = Numbers[str]()
        self.results: dict[tuple[int, int, Any], int] = {}
        self._right: set[tuple[int, int]] = set()

    def __getitem__(self, picture: int) -> Picture:
        return self.pictures.values[picture]

    def position(self, picture: int) -> Mapping[str, Cursor]:
        """Return the position of a browser that connects with its cursor."""
        return read_cursor(self[picture].cursor, self._store.names)

    def after(self, picture: int, text: str, opened_at: Mapping[str, Cursor] | None) -> int:
        """Return the picture after an update.

        Args:
            opened_at: the store's heads when the browser connected if this is the first update; otherwise None.

        Raises:
            Broken: a guarantee does not hold.
        """
        heads = opened_at and tuple(opened_at.items())
        question = (picture, self.updates.of(text), heads)
        found = self.results.get(question)
        if found is None:
            update = json.loads(text)
            transcript = [
                *self._so_far(picture),
                *(self._reopened(picture, opened_at) if opened_at is not None else ()),
            ]
            transcript.append(update)
            ordered(transcript)
            unique(transcript)
            replay_first(transcript)
            resumable(transcript)
            changed = clone(self[picture])
            changed.apply(update)
            found = self.results[question] = self.pictures.of(changed)
        return found

    def _so_far(self, picture: int) -> list[dict[str, Any]]:
        """Return what a browser may have received that has this picture."""
        opened = {"op": "open", "cursor": "", "heads": {}}
        return [opened, HELLO, {"op": "update", "caught_up": True, "sections": whole(self[picture])}]

    def _reopened(self, picture: int, heads: Mapping[str, Cursor]) -> list[dict[str, Any]]:
        return [{"op": "close"}, {"op": "open", "cursor": self[picture].cursor, "heads": heads}, HELLO]

    def check(self, picture: int, store: int) -> None:
        """Raise Wrong unless each keyspace of a picture is what the store had after the commit of its revision."""
        if (picture, store) in self._right:
            return
        history, table = self._store.states.values[store].history, self._store.scenario.table
        for name, copy in self[picture].copies.items():
            wanted = history.get((name, *copy.head), {} if copy.revision == 0 else None)
            if wanted is None:
                raise Wrong(f"the store was never at {name}:{copy.epoch}:{copy.revision}")
            if copy.entries != wanted:
                raise Wrong(f"{name}:{copy.epoch}:{copy.revision} is {copy.entries}, but {wanted} in the store")
            if table[name].policy.name == "snapshot" and len(copy.entries) > 1:
                raise Wrong(f"{name} is a snapshot with {len(copy.entries)} entries")
        self._right.add((picture, store))

    def is_current(self, picture: int, store: int) -> bool:
        """Return whether a picture that is right has all that the store has."""
        mine = self[picture].heads
        return all(mine.get(name, NEVER_WRITTEN) == head for name, head in self._store.heads(store).items())


def whole(picture: Picture) -> list[dict[str, Any]]:
    """Return the sections after which a new browser has this picture."""
    return [
        {
            "type": name,
            "epoch": copy.epoch,
            "from": 0,
            "to": copy.revision,
            "reset": True,
            "entries": [
                [key, lane, revision, copy.times[key], value] for key, (lane, revision, value) in copy.entries.items()
            ],
        }
        for name, copy in picture.copies.items()
    ]
