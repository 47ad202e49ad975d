"""A spool that fails as if its disk were full."""

import sqlite3
from typing import Any

from stickyboard.spool import Spool


class FailingDatabase:
    """A connection on which each statement that contains `word` fails as on a full disk."""

    def __init__(self, db: Any, word: str) -> None:
        self._db, self.word, self.failures = db, word, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, statement: str, *parameters: Any) -> Any:
        if self.word and self.word in statement:
            self._db.execute("ROLLBACK") if self._db.in_transaction else None
            self.failures += 1
            raise sqlite3.OperationalError("database or disk is full")
        return self._db.execute(statement, *parameters)


def failing(spool: Spool | None, word: str) -> FailingDatabase:
    assert spool is not None
    spool._db = FailingDatabase(spool._db, word)  # type: ignore[assignment]
    return spool._db  # type: ignore[return-value]
