"""What may come between two round trips of one process: changes amid a paged reading, another's tick, a lost answer."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from broadcast.errors import StoreUnavailable
from broadcast.events.policies import counter, custom
from broadcast.stores import RedisCache
from broadcast.stores.redis import topology
from broadcast.stores.redis.apply import MAX_ATTEMPTS, applying
from broadcast.stores.redis.client import Link
from broadcast.stores.redis.keys import is_read
from broadcast.stores.redis.read import Reading, reading
from broadcast.types import Batch, Bounds, Cursor, Limits, Write
from tests.support.picture import Picture, apply_delta, picture_of
from tests.support.stores import EACH_ENGINE, stores

COUNTER = counter("n", "key")
BOUNDS = Bounds(max_keys=12)
PAGE_ENTRIES = 2
LANES = Bounds(per_lane=4, max_lanes=3)

Make = Callable[[], RedisCache]


@pytest.fixture(params=EACH_ENGINE)
def make_store(request, tmp_path) -> Iterator[Make]:
    with stores(request.param, tmp_path) as make:
        yield make


@pytest.fixture
def store(make_store) -> RedisCache:
    return make_store()


def drive(store: RedisCache, steps: Any, between: Callable[[], None]) -> Any:
    """Do the round trips of some steps, with something else after each but the last."""
    commands = next(steps)
    while True:
        answers = store.link._send(commands)
        try:
            commands = steps.send(answers)
        except StopIteration as end:
            return end.value
        between()


# amid a reading

# A change: what is done, and to which key or lane.
CHANGES = st.tuples(st.sampled_from(["put", "put", "put", "remove", "add", "clear"]), st.integers(0, 15))


def change(store: RedisCache, what: str, number: int) -> None:
    if what == "clear":
        if number == 0:  # now and then
            store.reset("k")
            store.reset("ring")
        return
    if what == "add":
        store.apply([Batch("ring", LANES, [Write(None, f"lane-{number % 5}", value=str(number))])])
        return
    store.apply([Batch("k", BOUNDS, [Write(f"key-{number}", value=str(number) if what == "put" else None)])])


def read_while_it_changes(store: RedisCache, before: list[Any], after: list[Any], between: list[Any]) -> None:
    """Read in pages of two from a cursor, with changes between the pages; it must end with the store's picture."""
    for each in before:
        change(store, *each)
    reader = picture_of(store.since({"k": None, "ring": None}))
    for each in after:
        change(store, *each)
    coming = iter(between)

    def change_some() -> None:
        for _, each in zip(range(2), coming, strict=False):
            change(store, *each)

    for mine in (reader, Picture()):
        late = deepcopy(mine)
        cursors = {name: Cursor(*late.heads[name]) if late.heads else None for name in ("k", "ring")}
        for delta in drive(store, reading(store._layout, cursors, PAGE_ENTRIES), change_some).values():
            apply_delta(late, delta)
        assert late.contents() == picture_of(store.since({"k": None, "ring": None})).contents()


SOME = st.lists(CHANGES, max_size=30)
FEW = st.lists(CHANGES, max_size=8)


def try_readings(make_store: Make, count: int, **more: Any) -> None:
    @settings(max_examples=count, database=None, suppress_health_check=list(HealthCheck), **more)
    @given(SOME, SOME, FEW)
    def any_reading(before: list[Any], after: list[Any], between: list[Any]) -> None:
        read_while_it_changes(make_store(), before, after, between)

    any_reading()


def test_a_paged_read_ends_with_the_current_state(make_store):
    try_readings(make_store, 40)


def test_a_floor_deleted_during_a_read_is_reported(store):
    store.limits = Limits(removals=3)

    def add(*lanes: str) -> None:
        for lane in lanes:
            store.apply([Batch("ring", LANES, [Write(None, lane, value="1")])])

    add("a", "b", "c")
    reader = picture_of(store.since({"ring": None}))
    cursors = {name: Cursor(*head) for name, head in reader.heads.items()}
    add("d", "d", "d")  # takes lane a, and the first page tells of it
    amid = iter([("e", "f", "g")])  # take three more, and a's floor is the oldest of four
    for delta in drive(store, reading(store._layout, cursors, PAGE_ENTRIES), lambda: add(*next(amid, ()))).values():
        assert not delta.reset
        apply_delta(reader, delta)
    assert reader.contents() == picture_of(store.since({"ring": None})).contents()


def floors_between_pages_are_forgotten(patch) -> None:
    take = Reading.take

    def forgetful(self, answer):
        floors = dict(self.delta.floors) if self.delta else None
        take(self, answer)
        if floors is not None and self.delta is not None:
            self.delta.floors = floors

    patch.setattr(Reading, "take", forgetful)


def old_entries_stay(patch) -> None:
    take = Reading.take

    def stubborn(self, answer):
        before = dict(self._entries)
        take(self, answer)
        self._entries.update(before)

    patch.setattr(Reading, "take", stubborn)


@pytest.mark.slow
@pytest.mark.parametrize("make_store", ["redis"], indirect=True)
@pytest.mark.parametrize("bug", [floors_between_pages_are_forgotten, old_entries_stay])
def test_a_planted_bug_is_found(bug, make_store, monkeypatch):
    bug(monkeypatch)
    with pytest.raises(AssertionError):
        try_readings(make_store, 3000, phases=[Phase.generate])


# another's tick


def count(number: int, producer: str = "", seq: int = 0) -> Batch:
    event = {"key": "all", "n": number}
    return Batch("sum", COUNTER.bounds, [Write("all", "", None, event, producer, seq)], COUNTER.decide)


def total(store: RedisCache) -> int:
    return json.loads(store.since({"sum": None})["sum"].entries[0].value or "")["n"]


def test_a_tick_that_another_one_overtakes_is_decided_again(store):
    store.apply([count(1)])
    others = iter([10, 100])

    def overtake() -> None:
        for number in others:
            store.apply([count(number)])
            return

    drive(store, applying(store._layout, [count(1000)]), overtake)
    assert total(store) == 1111


def test_a_custom_policy_gets_an_unchanged_event_on_each_retry(store):
    def add_to_the_event(previous, event):
        event["n"] += previous["n"] if previous else 0
        return event

    own = custom(add_to_the_event, "key")

    def count_in_place(number: int) -> Batch:
        return Batch("sum", own.bounds, [Write("all", event={"key": "all", "n": number})], own.decide)

    store.apply([count_in_place(1)])
    others = iter([10])
    drive(
        store,
        applying(store._layout, [count_in_place(100)]),
        lambda: [store.apply([count_in_place(number)]) for number in others],
    )
    assert total(store) == 111


def test_a_tick_that_is_always_overtaken_is_not_applied(store):
    store.apply([count(1)])
    overtaken: list[None] = []
    is_applying = False

    def overtake_before_it_applies() -> None:
        nonlocal is_applying
        is_applying = not is_applying
        if is_applying:
            store.apply([count(1)])
            overtaken.append(None)

    with pytest.raises(StoreUnavailable, match=str(MAX_ATTEMPTS)) as caught:
        drive(store, applying(store._layout, [count(1000)]), overtake_before_it_applies)
    assert caught.value.retry
    assert len(overtaken) == MAX_ATTEMPTS
    assert total(store) == 1 + MAX_ATTEMPTS


def test_processes_that_count_at_once_count_everything(make_store):
    store, attempts = make_store(), []
    batch = count(1)
    # Each has connections of its own, as a process has.
    links = [Link(store._url, {}) for _ in range(4)]
    all_decide = threading.Barrier(len(links))

    def decide(previous: Any, event: Any) -> Any:
        attempts.append(1)
        if len(attempts) <= len(links):
            all_decide.wait(60)  # so that at least one meets another
        return batch.decide(previous, event)

    def count_on(link: Link) -> None:
        for _ in range(50):
            link.drive(applying(store._layout, [replace(count(1), decide=decide)]))

    try:
        with ThreadPoolExecutor(len(links)) as processes:
            list(processes.map(count_on, links))
    finally:
        for link in links:
            link.close()
    assert total(store) == 200
    assert len(attempts) > 200, "nobody met anybody, so nothing was tried"


# a lost answer


@pytest.mark.parametrize("is_applied", [True, False], ids=["after it was applied", "before"])
def test_a_count_whose_answer_was_lost_is_applied_once(store, is_applied, monkeypatch):
    store.apply([count(1, "p", 1)])
    ask = topology.ask

    def cut_off(client, commands, *, as_one):
        if all(map(is_read, commands)):
            return ask(client, commands, as_one=as_one)
        if is_applied:
            ask(client, commands, as_one=as_one)
        monkeypatch.setattr(topology, "ask", ask)
        raise redis.ConnectionError("Connection closed by server.")

    monkeypatch.setattr(topology, "ask", cut_off)
    with pytest.raises(StoreUnavailable, match="closed"):
        store.apply([count(10, "p", 2)])
    assert total(store) == (11 if is_applied else 1)
    store.apply([count(10, "p", 2)])
    assert total(store) == 11
    store.apply([count(100, "p", 3)])
    assert total(store) == 111
