"""States of the real SQLite store: each change starts from the rows of one state and ends with those of another."""

import json
import sqlite3
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import msgspec

from broadcast.delivery.board_sender import by_board
from broadcast.delivery.updates import update_of
from broadcast.events.validation import Validator
from broadcast.stores.sqlite import copy, read
from broadcast.stores.sqlite.apply import Keyspace
from broadcast.stores.sqlite.read import delta_since, heads
from broadcast.stores.sqlite.schema import begin_new_epochs, create_tables
from broadcast.types import NEVER_WRITTEN, Batch, Cursor, Delta, Limits, Write
from tests.support.bounds import check_bounds
from tests.support.exploration.scenarios import NAMES, TTL_S, Scenario
from tests.support.exploration.values import Numbers

TABLES = ("keyspace", "entry", "lane", "floor", "producer")
NOW = 1_000.0
LIMITS = Limits(removals=1)
PRODUCER = "p"

Change = tuple[Any, ...]  # the name of a change and its arguments
Rows = tuple[tuple[tuple[Any, ...], ...], ...]


class Doubled(AssertionError):
    """Raised when a message that was resent is applied again."""


@dataclass
class Stored:
    """A state.

    Attributes:
        before: the rows before the latest change, to which the store may go back.
        history: the entries of each keyspace after each commit, by (keyspace, epoch, revision).
        changes: how many changes led here; also the newest seq of the producer.
        sent: the events of its newest message.
        used: how many names of each event type have occurred. The next one is the only new one: which it is makes no
            difference.
    """

    rows: Rows
    before: Rows
    history: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)
    changes: int = 0
    epochs: int = 0
    waited_s: int = 0
    sent: tuple[tuple[str, str, int], ...] = ()
    used: dict[str, int] = field(default_factory=dict)


class Result(NamedTuple):
    """The number of the state after a change, and the message to other processes, if any."""

    state: int
    message: str


class StoreStates:
    """All states of a scenario's store that were reached."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.names = scenario.kinds
        self._table = scenario.table
        self._validator = Validator(self._table, 10_000, 100)
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        create_tables(self._db)
        # The random epochs are replaced by the number of epochs that were begun.
        self._db.create_function("randomblob", 1, lambda _: bytes([self._epochs + 1]))
        self._epochs = 0
        empty = self._dump()
        self.states = Numbers[Stored]()
        self.first = self.states.of(Stored(empty, empty))
        self._loaded: Rows | None = empty  # None while they change
        self._results: dict[tuple[int, Change], Result] = {}
        self._changes: dict[int, list[Change]] = {}
        self._deltas: dict[Hashable, dict[str, Delta]] = {}
        self._heads: dict[int, dict[str, Cursor]] = {}

    # changes

    def changes(self, state: int) -> list[Change]:
        """Return what may happen to the store in a state."""
        if state not in self._changes:
            self._changes[state] = list(self._possible(self.states.values[state]))
        return self._changes[state]

    def after(self, state: int, change: Change) -> Result:
        """Return the result of a change.

        Raises:
            AssertionError: a bound does not hold, or an event was applied twice.
        """
        found = self._results.get((state, change))
        if found is None:
            found = self._results[state, change] = self._change(self.states.values[state], change)
        return found

    def _possible(self, stored: Stored) -> Iterator[Change]:
        happens = self.scenario.happens
        if "resend" in happens and stored.sent:
            yield ("resend",)
        if stored.changes >= self.scenario.changes:
            return
        events = [(kind, name) for kind in self.names for name in self._names_of(kind, stored)]
        for event in events:
            yield ("write", event)
        if "batch" in happens:
            yield from (("write", one, two) for one in events for two in events if self._is_batch(one, two))
        for keyspace, keys in self._contents(stored).items():
            if "remove" in happens:
                yield from (("remove", keyspace, key) for key in keys)
            if "clear" in happens:
                yield ("clear", keyspace)
        if stored.changes:
            yield from ((name,) for name in ("restore", "failover") if name in happens)
        if "wait" in happens and stored.waited_s < 2 * TTL_S:
            yield ("wait",)

    def _is_batch(self, one: tuple[str, str], two: tuple[str, str]) -> bool:
        return one != two or self._table[one[0]].policy.appends

    def _names_of(self, kind: str, stored: Stored) -> str:
        if not self._table[kind].policy.needed_fields:
            return NAMES[0]
        names = NAMES[: stored.used.get(kind, 0) + 1]
        # An odd number removes an entry of this event type.
        return names + names.upper() if kind == "own" else names

    def _contents(self, stored: Stored) -> dict[str, list[str]]:
        """Return the keys of each keyspace that was written."""
        newest = {keyspace: entries for (keyspace, _, _), entries in stored.history.items()}
        return {keyspace: list(entries) for keyspace, entries in newest.items()}

    def _change(self, before: Stored, change: Change) -> Result:
        self._load(before.rows)
        self._loaded = None
        self._epochs = before.epochs
        name, *arguments = change
        after = replace(before, before=before.rows, changes=before.changes + 1)
        deltas: list[Delta] = []
        if name == "write":
            after.sent = tuple((kind, key, after.changes) for kind, key in arguments)
            after.used = before.used | {
                kind: max(before.used.get(kind, 0), NAMES.index(key.lower()) + 1) for kind, key in arguments
            }
            deltas = self._apply(self._batches(after.sent, after.changes), after)
        elif name == "resend":
            after.changes = before.changes
            deltas = self._apply(self._batches(before.sent, before.sent[0][2]), after)
            if any(delta.has_changes for delta in deltas):
                raise Doubled(f"{before.sent} was applied twice")
            return Result(self.states.of(before), "")
        elif name == "remove":
            batch = Batch(arguments[0], self._table[arguments[0]].policy.bounds, [Write(arguments[1])])
            deltas = self._apply([batch], after)
        elif name == "wait":
            after.waited_s += 1  # after which the publisher sweeps
            expiring = [kind for kind in self._table.values() if kind.policy.bounds.ttl_s]
            deltas = self._apply([Batch(kind.name, kind.policy.bounds, []) for kind in expiring], after)
        elif name == "clear":
            Keyspace.find(self._db, arguments[0], NOW).reset()
        elif name == "restore":
            self._restore(before)
        else:
            assert name == "failover", name
            self._load(before.before)
            begin_new_epochs(self._db)
            self._epochs += 1
        return Result(self._number(after), self._message(deltas))

    def _number(self, after: Stored) -> int:
        after.rows, after.epochs = self._dump(), self._epochs
        self._loaded = after.rows
        now = {name: delta_since(self._db, name, None) for name in self.names}
        check_bounds(now, self._table, NOW + after.waited_s)
        after.history = after.history | {
            (name, delta.epoch, delta.to_revision): contents_of(delta) for name, delta in now.items() if delta.epoch
        }
        return self.states.of(after)

    def _batches(self, events: Sequence[tuple[str, str, int]], seq: int) -> list[Batch]:
        """Return a tick's batches, as the publisher does: one of each event type."""
        batches: dict[str, Batch] = {}
        for name, key, number in events:
            n = 2 * number + 1 if key.isupper() else 2 * number
            event = {"type": name, "key": key.lower(), "lane": key, "n": n}
            kind, write = self._validator.check(msgspec.json.encode(event), PRODUCER, seq)
            batch = batches.setdefault(name, Batch(name, kind.policy.bounds, [], kind.policy.decide))
            batch.writes.append(write)
        return list(batches.values())

    def _apply(self, batches: Sequence[Batch], after: Stored) -> list[Delta]:
        now = NOW + after.waited_s
        return [Keyspace.find(self._db, batch.keyspace, now, LIMITS).apply(batch) for batch in batches]

    def _restore(self, stored: Stored) -> None:
        self._load(stored.before)
        copies = copy.export(self._db, None)
        self._load(stored.rows)
        copy.restore(self._db, copies, NOW + stored.waited_s)

    def _message(self, deltas: Sequence[Delta]) -> str:
        sections = by_board(deltas, {"board": self.names}).get("board")
        return update_of(sections).text if sections else ""

    # reading

    def since(self, state: int, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
        question = (state, tuple(cursors.items()))
        found = self._deltas.get(question)
        if found is None:
            self._load(self.states.values[state].rows)
            found = self._deltas[question] = read.deltas_since(self._db, cursors)
        return found

    def heads(self, state: int) -> dict[str, Cursor]:
        """Return the head of each keyspace of the board."""
        found = self._heads.get(state)
        if found is None:
            self._load(self.states.values[state].rows)
            found = self._heads[state] = dict.fromkeys(self.names, NEVER_WRITTEN) | heads(self._db)
        return found

    # rows

    def new_epoch(self) -> str:
        self._epochs += 1
        return f"{self._epochs:02x}"

    def _load(self, rows: Rows) -> None:
        if rows is self._loaded:
            return
        for table, its_rows in zip(TABLES, rows, strict=True):
            self._db.execute(f"DELETE FROM {table}")
            if its_rows:
                places = ", ".join("?" * len(its_rows[0]))
                self._db.executemany(f"INSERT INTO {table} VALUES ({places})", its_rows)
        self._loaded = rows

    def _dump(self) -> Rows:
        return tuple(tuple(self._db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()) for table in TABLES)


def contents_of(delta: Delta) -> dict[str, Any]:
    """Return the entries of a whole keyspace, as a mirror has them."""
    return {entry.key: (entry.lane, entry.revision, json.loads(entry.value or "")) for entry in delta.entries}


class Instant:
    """The store as it is in one state, for a reader."""

    limits = LIMITS

    def __init__(self, states: StoreStates, state: int) -> None:
        self._states, self._state = states, state

    def stamp(self) -> Hashable | None:
        return None

    async def asince(self, cursors: Any) -> dict[str, Delta]:
        return self._states.since(self._state, cursors)

    async def aheads(self) -> dict[str, Cursor]:
        return self._states.heads(self._state)
