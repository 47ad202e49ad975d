"""Whatever happens between a store and a replica, the replica answers every position with the store's state."""

import json
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from broadcast.delivery.keyspace_copy import Copy
from broadcast.delivery.replica import Replica
from broadcast.delivery.store_reader import StoreReader
from broadcast.delivery.updates import deltas_in, section_of, update_of
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.types import Batch, Bounds, Cursor, Delta, Entry, Limits, Write
from tests.support.picture import Gap, Picture, picture_of

BOUNDS = {
    "keyed": Bounds(max_keys=4),
    "brief": Bounds(max_keys=9, ttl_s=10),
    "laned": Bounds(per_lane=2, max_lanes=2),
    "course": Bounds(per_lane=3, max_lanes=2, thins=True),
    "both": Bounds(max_keys=5, per_lane=3),
    "plain": Bounds(per_lane=3, thins=True),
}
NAMES = tuple(BOUNDS)
WRITES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from("abcdef"), st.sampled_from("xyz"), st.booleans()), max_size=5
)
ARRIVES, LOST, TWICE, LATE = "arrives", "lost", "twice", "late"
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), WRITES, st.sampled_from([ARRIVES, ARRIVES, LOST, TWICE, LATE])),
        st.tuples(st.just("clear"), st.sampled_from(NAMES)),
        st.tuples(st.just("copy"), st.sampled_from(NAMES)),
        st.tuples(st.just("wait")),
        st.tuples(st.just("read"), WRITES),
        st.tuples(st.just("start again")),
    ),
    max_size=25,
)
AT_ONCE = 50  # histories that share a database, each with keyspaces of its own
_numbers = count()


class World:
    """A store, a replica that hears of its commits, and the browsers of every position that the replica has had."""

    def __init__(self, limits: Limits) -> None:
        number, self.now = next(_numbers), 1000.0
        if number % AT_ONCE == 0:
            close_engines()
        self.bounds = {f"{name}{number}": bounds for name, bounds in BOUNDS.items()}
        self.names = dict(zip(NAMES, self.bounds, strict=True))
        self.store = SQLiteCache(f":memory:replica-{number // AT_ONCE}", {})
        self.store.clock = lambda: self.now
        self.store.limits = self.limits = limits
        self.asked: list = []
        self.late: list[str] = []
        self.during: list = []
        self.saved: dict = {}
        self.browsers: list[tuple[Picture, dict]] = []
        self.follower, self.followed = Picture(), {}
        self.begin()

    def begin(self) -> None:
        self.replica = Replica(self.bounds, 3, self.limits.removals)
        self.reader = StoreReader(self, self.replica)  # type: ignore[arg-type]
        self.refresh()

    # what the reader asks of a store

    def stamp(self) -> None:
        return None

    async def aheads(self) -> dict:
        return self.store.heads()

    async def asince(self, cursors: dict) -> dict:
        read = self.store.since(cursors)
        if self.during:
            self.write(self.during.pop(), ARRIVES)  # it arrives before what was read
        return read

    # steps

    def batches(self, writes: list) -> list[Batch]:
        """Return the batches of one tick; a write that is false removes its entry."""
        made: dict[str, Batch] = {}
        for number, (name, key, lane, is_value) in enumerate(writes):
            bounds = BOUNDS[name]
            batch = made.setdefault(name, Batch(self.names[name], bounds, []))
            if bounds.per_lane is None:
                batch.writes.append(Write(key, value=str(number) if is_value else None))
            else:
                batch.writes.append(Write(None, "" if name == "plain" else lane, str(number)))
        return list(made.values())

    def write(self, writes: list, fate: str) -> None:
        deltas = self.store.apply(self.batches(writes))
        text = update_of([section_of(delta) for delta in deltas if delta.has_changes]).text
        if fate == LATE:
            self.late.append(text)
        elif fate != LOST:
            for _ in range(2 if fate == TWICE else 1):
                self.take(text)
            while self.late:
                self.take(self.late.pop())

    def take(self, text: str) -> None:
        """Apply an update of another process, which a browser that has everything receives immediately."""
        self.replica.put(deltas_in(text), self.now, text)
        self.follower.apply(json.loads(self.replica.since(self.followed).text))
        self.followed = self.replica.heads

    def refresh(self) -> None:
        coroutine = self.reader._read()
        with pytest.raises(StopIteration):
            coroutine.send(None)

    def run(self, step: tuple) -> None:
        match step:
            case ("write", writes, fate):
                self.write(writes, fate)
            case ("clear", name):
                self.store.reset(self.names[name])
            case ("copy", name):
                if name in self.saved:
                    self.store.restore([self.saved.pop(name)])
                elif copies := self.store.export([self.names[name]]):
                    self.saved[name] = copies[0]
            case ("wait",):
                self.now += 6.0
                deltas = self.store.apply([Batch(self.names["brief"], BOUNDS["brief"], [])])
                self.replica.put(deltas, self.now)
            case ("read", writes):
                self.during = [writes]
                self.refresh()
                self.during = []
            case ("start again",):
                self.begin()

    # checks

    def check(self) -> None:
        """Let every browser catch up from the position that it had, and one from nothing."""
        self.refresh()
        assert self.replica.gap_since is None
        truth = picture_of(self.store.since(dict.fromkeys(self.bounds))).contents()
        for picture, position in [*self.browsers, (self.follower, self.followed), (Picture(), {})]:
            picture.apply(json.loads(self.replica.since(position).text))
            assert picture.contents() == truth
        sections = json.loads(self.replica.since({}).text)["sections"]
        dropped = {name: delta.dropped for name, delta in self.store.since(dict.fromkeys(self.bounds)).items()}
        assert {section["type"]: section.get("dropped", 0) for section in sections} == dropped

    def stay(self) -> None:
        """A browser receives what there is, and goes to sleep at that position."""
        picture = Picture()
        picture.apply(json.loads(self.replica.since({}).text))
        digests = {name: copy.digest for name, copy in picture.copies.items() if copy.epoch}
        assert self.replica.digests() == digests
        self.browsers.append((picture, self.replica.heads))


@pytest.fixture(autouse=True, scope="module")
def closed() -> Iterator[None]:
    yield
    close_engines()


def play(steps: list[tuple], remembered: int) -> None:
    world = World(Limits(removals=remembered))
    for step in steps:
        world.run(step)
        world.stay()
    world.check()


def test_unknown_cursors_have_one_answer():
    """So that a client cannot have the whole board encoded, and compressed, for each cursor that it invents."""
    replica = Replica(("keyed",), 10)
    replica.load([Delta("keyed", "e1", 0, 1, True, {}, [Entry("a", "", 1, 0.0, "1")])])
    whole, other = replica.replay({}), replica.replay({"keyed": Cursor("e1", 1)})
    for cursor in (Cursor("lost", 1), Cursor("lost", 2), Cursor("e1", 2), Cursor("e1", 0)):
        assert replica.replay({"keyed": cursor}) is whole
    assert other is not whole


def update_from(revision: int, *names: str) -> str:
    """Return an update of some keyspaces to revision 3; a space shows whether it is sent as it arrived."""
    entries = [Entry(str(number), "", number, 1.0, "0") for number in range(revision + 1, 4)]
    text = update_of([section_of(Delta(name, "e", revision, 3, entries=entries)) for name in names]).text
    return text.replace('"sections":', '"sections": ')


@pytest.mark.parametrize(
    ("text", "is_sent_as_is"),
    [
        pytest.param(update_from(2, "a"), True, id="it continues the heads"),
        pytest.param(update_from(2, "a", "b"), True, id="two keyspaces"),
        pytest.param(update_from(1, "a"), False, id="it begins before the heads"),
        pytest.param(update_from(2, "a", "elsewhere"), False, id="a part is not displayed"),
        pytest.param(update_from(2, "elsewhere"), False, id="nothing is displayed"),
    ],
)
def test_an_update_is_sent_as_it_arrived(text, is_sent_as_is):
    found = []
    for known in (text, ""):
        replica = Replica(["a", "b"], max_early=1)
        replica.load([Delta(name, "e", 0, 2, reset=True) for name in replica.names])
        before = replica.heads
        replica.put(deltas_in(text), 0.0, known)
        found.append(replica.since(before))
    assert (found[0].text == text) is is_sent_as_is
    assert (json.loads(found[0].text), found[0].heads) == (json.loads(found[1].text), found[1].heads)


def test_digests_take_turns_on_a_large_board():
    sizes = {"a": 2, "b": 1, "empty": 0, "large": 9, "c": 1}
    replica = Replica([*sizes, "never written"], max_early=3, max_digested=3)
    entries = {name: [Entry(f"k{n}", "", n, 1.0, "1") for n in range(1, size + 1)] for name, size in sizes.items()}
    replica.load(Delta(name, "e", 0, len(entries[name]), reset=True, entries=entries[name]) for name in sizes)
    assert [[*replica.digests()] for _ in range(4)] == [
        ["a", "b"],
        ["empty", "large"],
        ["c", "a"],
        ["b", "empty", "large"],
    ]


SIZES = st.sampled_from([1, 3, 1000])
PARTS = 8


@given(STEPS, SIZES)
@settings(deadline=None, max_examples=40)
def test_every_position_leads_to_the_stores_state(steps, remembered):
    play(steps, remembered)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_of_ten_thousand_ends_wrong(part):
    @seed(part)
    @given(STEPS, SIZES)
    @settings(deadline=None, max_examples=10_000 // PARTS, database=None)
    def search(steps, remembered):
        play(steps, remembered)

    search()


# a check that cannot fail is none


def ignore(*_: object) -> None:
    return None


def forget_silently(self: Copy, delta: Delta) -> None:
    apply(self, delta)
    for items in (self._removals, self._floors, self._strides):
        items.clear()


apply = Copy.apply
BUGS = {
    "floors are ignored": ("_evict", ignore),
    "strides are ignored": ("_thin", ignore),
    "what was forgotten is not noted": ("apply", forget_silently),
    "a gap is ignored": ("is_continued_by", lambda self, delta: True),
}


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug, monkeypatch):
    monkeypatch.setattr(Copy, *BUGS[bug])

    @given(STEPS, SIZES)
    @settings(deadline=None, max_examples=3000, database=None, phases=[Phase.generate])
    def search(steps, remembered):
        play(steps, remembered)

    with pytest.raises((AssertionError, Gap)):
        search()
