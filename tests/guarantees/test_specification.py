"""The specification in docs/spec has the guarantees, and the real store and mirror do what it says, step by step."""

import json
from typing import Any

import pytest

from broadcast.delivery.replica import Replica
from broadcast.delivery.updates import Section, section_of
from broadcast.types import NEVER_WRITTEN, Batch, Bounds, Cursor, Delta, Write
from stickyboard.mirror import Gap, Mirror
from tests.support.quint import SPEC, needs_quint, quint, traces
from tests.support.stores import stores

pytestmark = [needs_quint, pytest.mark.slow]  # the same on every Python
NAME = "a"
SEED = 20
WRITES = {"write", "writeBoth", "remove", "clear"}
LOSSES = {"lose", "disconnect"}
ACTIONS = {"init", "connect", "compareHeads", "deliver", "receive", *WRITES, *LOSSES}

# What each mistake changes in the specification.
SERVER_COMPARES = ("if (connection.position.continues(update)) send(update) else", "if (true) send(update) else")
BROWSER_COMPARES = ("else if (update.reset or mirror.head ==", "else if (true or mirror.head ==")
MISTAKES = {
    "a floor is ignored": [("m.entries.above(update.floor)", "m.entries")],
    "a floor is sent once": [("if (floor > 0) s.head.revision else s.raisedBy", "s.raisedBy")],
    "a reset is ignored": [("if (update.reset) Set() else m.entries", "m.entries")],
    "nobody compares revisions": [SERVER_COMPARES, BROWSER_COMPARES],
    "an old cursor is trusted": [("or cursor.revision < s.horizon ", "")],
    "epochs are not compared": [("cursor.epoch != s.head.epoch or ", "")],
    "removals are not sent": [("entries: s.entries.above(", "entries: live(s.entries).above(")],
    "the replay is not marked": [("{ ...store.since(mirror.head), caughtUp: true }", "store.since(mirror.head)")],
}


@pytest.mark.chaos
def test_specification_has_the_guarantees():
    done = quint("run", "--invariant", "guarantees", "--max-steps", "30", "--max-samples", "300", "--seed", hex(SEED))
    assert "[ok] No violation found" in done.stdout, done.stdout[-3000:]


@pytest.mark.chaos
def test_specification_converges():
    done = quint("test", "--max-samples", "5", "--seed", hex(SEED))
    assert "1 passing" in done.stdout, done.stdout[-3000:]


@pytest.mark.chaos
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_violates_the_specification(mistake, tmp_path):
    text = SPEC.read_text()
    for right, wrong in MISTAKES[mistake]:
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    spec = tmp_path / "replay.qnt"
    spec.write_text(text)
    converging = quint("test", "--max-samples", "100", spec=spec)
    if "1 passing" in converging.stdout:
        done = quint("run", "--invariant", "guarantees", "--max-steps", "30", "--max-samples", "3000", spec=spec)
        assert "[violation] Found an issue" in done.stdout, done.stdout[-3000:]


class Replayed:
    """The real store, replica and mirror, driven by the actions of a trace."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.mirror = Mirror()
        self.position: Cursor | None = None
        self.wire: list[Section] = []
        self.messages: dict[tuple[int, int], Delta] = {}
        self.epochs = {-1: None, 0: NEVER_WRITTEN.epoch}
        self.replica = Replica([NAME], max_early=1)
        self.replica.load(store.since({NAME: NEVER_WRITTEN}).values())

    def step(self, action: str, picks: dict[str, Any], state: dict[str, Any]) -> None:
        key, second, value = picks["key"], picks["second"], picks["value"]
        if action == "write":
            self.commit(state, Write(key, value=str(value)))
        elif action == "writeBoth":
            self.commit(state, Write(key, value=str(value)), Write(second, value=str(value)))
        elif action == "remove":
            self.commit(state, Write(key))
        elif action == "clear":
            self.store.reset(NAME)
        elif action == "connect":
            self.position = self.mirror.heads.get(NAME) and Cursor(*self.mirror.heads[NAME])
            self.read_and_send()
        elif action == "compareHeads":
            self.read_and_send()
        elif action == "deliver":
            self.deliver(picks["update"])
        elif action == "receive":
            self.receive()
        elif action == "disconnect":
            self.disconnect()
        else:
            assert action in ("init", "lose"), action

    def commit(self, state: dict[str, Any], *writes: Write) -> None:
        (delta,) = self.store.apply([Batch(NAME, Bounds(max_keys=2), list(writes))])
        self.epochs.setdefault(state["store"]["head"]["epoch"], delta.epoch)
        (message,) = [update for update in state["channel"] if self.head_of(update) == delta.head]
        self.assert_equal(delta, message)
        self.messages[message["epoch"], message["to"]] = delta

    def read_and_send(self) -> None:
        self.replica.load(self.store.since(self.replica.begin_read()).values())
        self.send()

    def send(self) -> None:
        update = self.replica.since({NAME: self.position} if self.position else {})
        self.position = self.replica.heads[NAME]
        sections = json.loads(update.text)["sections"]
        if sections:
            self.wire.append(Section(json.dumps(sections[0]), *next(iter(update.heads.items()))))
        else:  # of a replay, which is sent even if it is empty
            self.wire.append(section_of(Delta(NAME, self.position.epoch, *[self.position.revision] * 2)))

    def deliver(self, update: dict[str, Any]) -> None:
        self.replica.put([self.messages[update["epoch"], update["to"]]], now=0.0)
        if self.replica.gap_since is None:
            self.send()
        else:
            self.read_and_send()

    def receive(self) -> None:
        section = json.loads(self.wire.pop(0).text)
        try:
            self.mirror.apply_section(section)
        except Gap:
            self.disconnect()

    def disconnect(self) -> None:
        self.position, self.wire = None, []

    def assert_is(self, state: dict[str, Any]) -> None:
        """Compare everything that can be observed with a state of the specification."""
        store, connection, mirror = state["store"], state["connection"], state["mirror"]
        everything = self.store.since({NAME: None})[NAME]
        if store["head"]["epoch"] not in self.epochs:
            self.epochs[store["head"]["epoch"]] = everything.epoch
        assert everything.head == self.cursor_of(store["head"])
        assert values_of(everything) == {e["key"]: (e["revision"], e["value"]) for e in store["entries"] if e["value"]}
        assert [section.head for section in self.wire] == [self.head_of(each) for each in connection["updates"]]
        for section, update in zip(self.wire, connection["updates"], strict=True):
            self.assert_same_section(json.loads(section.text), update)
        assert self.mirror.heads.get(NAME) == (self.cursor_of(mirror["head"]) if mirror["head"]["epoch"] >= 0 else None)
        copy = self.mirror.copies.get(NAME)
        shown = {key: (revision, value) for key, (_, revision, value) in copy.entries.items()} if copy else {}
        assert shown == {e["key"]: (e["revision"], e["value"]) for e in mirror["entries"]}

    def assert_equal(self, delta: Delta, update: dict[str, Any]) -> None:
        self.assert_same_section(json.loads(section_of(delta).text), update)

    def assert_same_section(self, section: dict[str, Any], update: dict[str, Any]) -> None:
        assert section["from"] == update["from"]
        assert section.get("reset", False) == update["reset"]
        assert section.get("floors", {}).get("", 0) == update["floor"]
        entries = {key: (revision, value or 0) for key, _, revision, _, value in section["entries"]}
        assert entries == {e["key"]: (e["revision"], e["value"]) for e in update["entries"]}

    def head_of(self, update: dict[str, Any]) -> Cursor:
        return Cursor(self.epochs.get(update["epoch"], "?"), update["to"])

    def cursor_of(self, head: dict[str, int]) -> Cursor:
        return Cursor(self.epochs[head["epoch"]], head["revision"])


def values_of(delta: Delta) -> dict[str, tuple[int, int]]:
    return {entry.key: (entry.revision, int(entry.value or 0)) for entry in delta.entries}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return list(traces(tmp_path_factory.mktemp("traces"), count=15, steps=30, seed=SEED))


@pytest.mark.parametrize("kind", ["sqlite-memory", "redis"])
def test_real_code_follows_its_traces(kind, recorded, tmp_path):
    taken = set()
    with stores(kind, tmp_path) as make_store:
        for trace in recorded:
            replayed = Replayed(make_store())
            for state in trace:
                replayed.step(state["actionTaken"], state["nondetPicks"], state)
                replayed.assert_is(state)
                taken.add(state["actionTaken"])
    assert taken == ACTIONS
