"""Stores that note, inside each transaction, what every keyspace it touched holds after it."""

import json
from pathlib import Path
from typing import Any

from broadcast.stores.redis.keys import SCRIPTS
from broadcast.stores.redis.read import Reading
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.read import delta_since
from broadcast.types import Delta
from tests.support.picture import picture_of
from tests.support.redis_clock import ClockedRedisCache
from tests.support.table import TABLE

History = dict[tuple[str, str, int], dict[str, Any]]


class Notes:
    """What every keyspace held at every revision: kept in `history`, and in a file where one is named."""

    def __init__(self, file: str | None) -> None:
        self.history: History = {}
        self._file = file

    def take(self, delta: Delta) -> None:
        """Note a whole keyspace, with its name."""
        copy = picture_of({delta.keyspace: delta}).copies[delta.keyspace]
        if self._file:
            with Path(self._file).open("a") as notes:
                notes.write(json.dumps([delta.keyspace, copy.epoch, copy.revision, copy.entries]) + "\n")
        else:
            self.history[delta.keyspace, copy.epoch, copy.revision] = copy.entries


class RecordingCache(SQLiteCache):
    """Takes the name of a file for its notes as OPTIONS["history"]."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self.notes = Notes(params.get("OPTIONS", {}).get("history"))

    def _applying(self, batches):
        apply = super()._applying(batches)

        def apply_and_note(db):
            applied = apply(db)
            for batch in batches:
                if batch.keyspace in TABLE:
                    self.notes.take(delta_since(db, batch.keyspace, None))
            return applied

        return apply_and_note


class RecordingRedisCache(ClockedRedisCache):
    """Reads each keyspace whole in the very MULTI that changes it."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        self.notes = Notes(options.pop("history", None))
        super().__init__(location, {**params, "OPTIONS": options})

    def _applying(self, batches):
        return self._noting(super()._applying(batches))

    def _noting(self, steps):
        try:
            commands = next(steps)
            while True:
                names = [each[3].split("{")[1].split("}")[0] for each in commands if SCRIPTS["apply"].sha in each]
                readings = [Reading(name, None) for name in names if name in TABLE]
                whole = [self._layout.call("since", each.keyspace, each.question(1000)) for each in readings]
                answers = yield [*commands, *whole]
                for reading, answer in zip(readings, answers[len(commands) :], strict=True):
                    reading.take(answer)
                    self.notes.take(reading.result())
                commands = steps.send(answers[: len(commands)])
        except StopIteration as end:
            return end.value


def read_history(path: Path) -> History:
    """Read a server's notes. Of two for one revision the later is of the commit that was not undone by a kill."""
    notes = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("]")]
    return {
        (keyspace, epoch, revision): {key: tuple(entry) for key, entry in entries.items()}
        for keyspace, epoch, revision, entries in notes
    }
