"""States of a process's real replica, which messages and the real reader of the store change."""

import json
from collections.abc import Sequence
from typing import Any

from broadcast.delivery.concurrency import begin
from broadcast.delivery.replica import Replica
from broadcast.delivery.store_reader import StoreReader
from broadcast.delivery.updates import deltas_in
from broadcast.types import Cursors, Delta
from tests.support.exploration.store_states import LIMITS, Instant, StoreStates
from tests.support.exploration.values import Numbers, clone

MAX_EARLY = 1  # updates that wait for a missing one


class Dropped(AssertionError):
    """Raised when a replica neither applies an update nor notices a gap."""


class _BegunReplica:
    """A replica of which a read began earlier, so that the reader begins none."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def begin_read(self) -> Cursors:
        self.begin_read = self._replica.begin_read  # type: ignore[method-assign]  # for a further read
        return self._replica._asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._replica, name)


def _check_noticed(replica: Replica, deltas: Sequence[Delta]) -> None:
    if replica.gap_since is None:
        for delta in deltas:
            head = replica.heads[delta.keyspace]
            if head.epoch != delta.epoch or head.revision < delta.to_revision:
                raise Dropped(f"an update to {delta.head} was dropped at {head}")


def _check_answer(replica: Replica, position: Cursors) -> None:
    """Compare what a browser at the previous heads is sent with what one that reconnects there would be.

    The latter may be a complete keyspace instead, if this update removed more than the replica stores.
    """
    answers = [json.loads(each.text)["sections"] for each in (replica.since(position), replica.replay(position))]
    sent, replayed = ({section["type"]: section for section in sections} for sections in answers)
    whole = {name for name, section in replayed.items() if section.get("reset") and not sent[name].get("reset")}
    differing = [name for name in sent if name not in whole and sent[name] != replayed[name]]
    assert not differing, f"a browser at {position} was sent {sent} instead of {replayed}"


class ReplicaStates:
    """All states of a replica that were reached."""

    def __init__(self, store: StoreStates) -> None:
        self._store = store
        self.replicas = Numbers[Replica]()
        self.first = self.replicas.of(Replica(store.names, MAX_EARLY, LIMITS.removals))
        self.messages = Numbers[str]()
        self._put: dict[tuple[int, int], int] = {}
        self._missed: dict[tuple[int, int], int] = {}
        self._begun: dict[int, int] = {}
        self._read: dict[tuple[int, int], int] = {}

    def __getitem__(self, replica: int) -> Replica:
        return self.replicas.values[replica]

    def put(self, replica: int, message: int) -> int:
        """Return the replica after a message.

        Raises:
            Dropped: the message is not applied, and no gap is known.
        """
        found = self._put.get((replica, message))
        if found is None:
            changed, text = clone(self[replica]), self.messages.values[message]
            before, deltas = changed.heads, deltas_in(text)
            changed.put(deltas, now=0.0, text=text)
            _check_noticed(changed, deltas)
            _check_answer(changed, before)
            found = self._put[replica, message] = self.replicas.of(changed)
        return found

    def miss(self, replica: int, message: int) -> int:
        """Return the replica after a message without its text, because it was too large for the layer."""
        found = self._missed.get((replica, message))
        if found is None:
            changed = clone(self[replica])
            deltas = deltas_in(self.messages.values[message])
            changed.miss({each.keyspace: each.head for each in deltas})
            _check_noticed(changed, deltas)
            found = self._missed[replica, message] = self.replicas.of(changed)
        return found

    def begin_read(self, replica: int) -> int:
        """Return the replica after the beginning of a read."""
        found = self._begun.get(replica)
        if found is None:
            changed = clone(self[replica])
            changed.begin_read()
            found = self._begun[replica] = self.replicas.of(changed)
        return found

    def end_read(self, replica: int, store: int) -> int:
        """Return the replica after the answer to its read, which is that of the store in one of its states."""
        found = self._read.get((replica, store))
        if found is None:
            changed = clone(self[replica])
            reader = StoreReader(Instant(self._store, store), _BegunReplica(changed))  # type: ignore[arg-type]
            assert begin(reader._read()) is None
            found = self._read[replica, store] = self.replicas.of(changed)
        return found
