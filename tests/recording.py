"""A store that notes, inside each transaction, what every keyspace it touched holds after it."""

import json
from pathlib import Path
from typing import Any

from broadcast.caches.sqlite import SQLiteCache
from broadcast.caches.sqlite_read import delta_since
from tests.picture import picture_of
from tests.table import TABLE

History = dict[tuple[str, str, int], dict[str, Any]]


class RecordingCache(SQLiteCache):
    """Keeps the notes in `history`, and in the file OPTIONS["history"] where one is named."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self.history: History = {}
        self._file = params.get("OPTIONS", {}).get("history")

    def _applying(self, batches):
        apply = super()._applying(batches)

        def apply_and_note(db):
            applied = apply(db)
            for batch in batches:
                if batch.keyspace in TABLE:
                    self._note(db, batch.keyspace)
            return applied

        return apply_and_note

    def _note(self, db, keyspace: str) -> None:
        copy = picture_of({keyspace: delta_since(db, keyspace, None)}).copies[keyspace]
        if self._file:
            with Path(self._file).open("a") as notes:
                notes.write(json.dumps([keyspace, copy.epoch, copy.revision, copy.entries]) + "\n")
        else:
            self.history[keyspace, copy.epoch, copy.revision] = copy.entries


def read_history(path: Path) -> History:
    """Read a server's notes. Of two for one revision the later is of the commit that was not undone by a kill."""
    notes = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("]")]
    return {
        (keyspace, epoch, revision): {key: tuple(entry) for key, entry in entries.items()}
        for keyspace, epoch, revision, entries in notes
    }
