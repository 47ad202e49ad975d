# Over 300 lines: one suite, which every store runs whole.
"""What every store must do, run over each backend and compared with a plain model after each step."""

import json
import math
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from broadcast.errors import HeadMoved
from broadcast.events.policies import IGNORE, REMOVE, Policy, counter, course, custom, last_value, newest, ring
from broadcast.ops.integrity import broken_invariants
from broadcast.stores import base
from broadcast.stores.base import StickyCache
from broadcast.types import NEVER_WRITTEN, Batch, Bounds, Cursor, KeyspaceStats, Write
from tests.support.oracle import Plain
from tests.support.picture import Picture, apply_delta, picture_of
from tests.support.redis_server import ENGINES
from tests.support.stores import KINDS, stores


@pytest.fixture(params=KINDS)
def make_store(request, tmp_path) -> Iterator[Any]:
    """Makes empty stores of one kind, each apart from the others."""
    with stores(request.param, tmp_path) as make:
        yield make


@pytest.fixture
def store(make_store) -> StickyCache:
    return make_store()


def put(store: StickyCache, *writes: Write, keyspace: str = "k", bounds: Bounds | None = None, decide=None):
    return store.apply([Batch(keyspace, bounds or Bounds(max_keys=100), list(writes), decide)])[0]


def value(key: str | None, number: int, **more: Any) -> Write:
    return Write(key, value=json.dumps(number), **more)


def remember_few(monkeypatch, what: str) -> None:
    for module in ("sqlite.apply", "redis.apply"):
        monkeypatch.setattr(f"broadcast.stores.{module}.{what}", 3)


def shown(store: StickyCache, keyspace: str = "k") -> dict[str, Any]:
    delta = store.since({keyspace: None})[keyspace]
    return {entry.key: json.loads(entry.value) for entry in delta.entries}


def test_the_head_of_a_new_keyspace_is_in_no_history(store):
    delta = store.since({"k": None})["k"]

    assert delta.head == NEVER_WRITTEN
    assert delta.reset
    assert not store.since({"k": NEVER_WRITTEN})["k"].has_changes


def test_its_clock_shows_seconds_since_1970(store):
    put(store, value("a", 1))
    [entry] = store.since({"k": None})["k"].entries
    assert abs(store.clock() - entry.at) < 5


def test_the_first_write_begins_an_epoch_at_revision_one(store):
    applied = put(store, value("a", 1))

    assert applied.to_revision == 1
    assert store.heads() == {"k": applied.head}
    assert store.since({"k": NEVER_WRITTEN})["k"].reset


def test_several_values_of_one_key_fold_into_the_last(store):
    applied = put(store, value("a", 1), value("b", 2), value("a", 3))

    assert [(entry.key, entry.revision, entry.value) for entry in applied.entries] == [
        ("b", 1, "2"),
        ("a", 2, "3"),
    ]


def test_since_brings_only_what_changed(store):
    head = put(store, value("a", 1), value("b", 2)).head
    put(store, value("b", 3))

    delta = store.since({"k": head})["k"]

    assert not delta.reset
    assert [(entry.key, entry.value) for entry in delta.entries] == [("b", "3")]


@pytest.mark.parametrize("cursor", [Cursor("other", 1), Cursor("", 0), None])
def test_another_epoch_starts_the_reader_over(store, cursor):
    put(store, value("a", 1))

    assert store.since({"k": cursor})["k"].reset


def test_a_cursor_from_the_future_starts_the_reader_over(store):
    epoch = put(store, value("a", 1)).epoch

    assert store.since({"k": Cursor(epoch, 2)})["k"].reset


def test_a_removal_is_a_change(store):
    head = put(store, value("a", 1)).head
    applied = put(store, Write("a"))

    assert applied.entries[0].value is None
    assert store.since({"k": head})["k"].entries == applied.entries
    assert store.since({"k": None})["k"].entries == []


def test_removing_what_is_not_there_changes_nothing(store):
    put(store, value("a", 1))

    assert not put(store, Write("b")).has_changes


def test_a_batch_with_a_head_is_refused_after_a_change(store):
    def put_after(head: Cursor, write: Write):
        return store.apply([Batch("k", Bounds(max_keys=100), [write], head=head)])[0]

    first = put_after(NEVER_WRITTEN, value("a", 1)).head
    second = put_after(first, value("b", 2)).head
    for stale in (NEVER_WRITTEN, first, Cursor("other", second.revision)):
        with pytest.raises(HeadMoved):
            put_after(stale, value("a", 3))
    assert store.heads() == {"k": second}
    assert put_after(second, Write("a")).to_revision == 3
    store.reset("k")
    with pytest.raises(HeadMoved):
        put_after(Cursor(second.epoch, 3), value("a", 4))


def test_clearing_begins_a_new_epoch_and_keeps_the_seqs(store):
    before = put(store, value("a", 1, producer="p", seq=7))
    assert store.reset("k")

    delta = store.since({"k": before.head})["k"]

    assert delta.reset
    assert delta.epoch != before.epoch
    assert delta.entries == []
    assert not put(store, value("a", 1, producer="p", seq=7)).has_changes


def test_a_message_sent_again_is_applied_once(store):
    total = counter("n")
    for _ in range(3):
        put(store, Write("", event={"n": 5}, producer="p", seq=1), decide=total.decide)
    put(store, Write("", event={"n": 5}, producer="q", seq=1), decide=total.decide)

    assert shown(store) == {"": {"n": 10}}


def test_an_older_message_does_not_undo_a_newer_one(store):
    put(store, value("a", 3, producer="p", seq=3))
    put(store, value("a", 2, producer="p", seq=2))
    assert shown(store) == {"a": 3}


def test_a_policy_that_raises_harms_only_its_own_event(store):
    def divide(previous, event):
        return {"n": 1 / event["n"]}

    writes = [Write(key, event={"n": n}) for key, n in (("a", 1), ("b", 0), ("c", 2))]
    put(store, *writes, decide=divide)

    assert [write.failure for write in writes] == [None, "ZeroDivisionError: division by zero", None]
    assert shown(store) == {"a": {"n": 1.0}, "c": {"n": 0.5}}


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_ring_holds_its_newest_at_every_edge(make_store, size, at_once):
    policy = ring(size)
    for count in (size - 1, size, size + 1, 3 * size + 1):
        store = make_store()
        writes = [value(None, number) for number in range(count)]
        for chunk in [writes] if at_once else [[write] for write in writes]:
            put(store, *chunk, bounds=policy.bounds)

        assert list(shown(store).values()) == list(range(count))[-size:]


def test_the_lane_that_changed_longest_ago_goes_first(store):
    bounds = ring(2, lane="host", max_lanes=2).bounds
    for lane in ("a", "b", "a", "c"):
        put(store, Write(None, lane, value="1"), bounds=bounds)

    assert {entry.lane for entry in store.since({"k": None})["k"].entries} == {"a", "c"}


def test_an_expired_entry_is_removed_by_an_ordinary_change(store):
    now = 1000.0
    store.clock = lambda: now
    bounds = last_value("x", ttl_s=10).bounds
    head = put(store, value("a", 1), bounds=bounds).head
    now = 1009.9
    assert not put(store, bounds=bounds).has_changes
    now = 1010.0
    put(store, bounds=bounds)

    delta = store.since({"k": head})["k"]

    assert [(entry.key, entry.value) for entry in delta.entries] == [("a", None)]
    assert store.get("k:a") is None


def test_a_write_in_time_extends_an_entry(store):
    now = 1000.0
    store.clock = lambda: now
    bounds = last_value("x", ttl_s=10).bounds
    put(store, value("a", 1), bounds=bounds)
    now = 1008.0
    put(store, value("a", 2), bounds=bounds)
    now = 1012.0
    put(store, bounds=bounds)

    assert shown(store) == {"a": 2}


def test_a_cursor_older_than_the_removals_starts_over(store, monkeypatch):
    remember_few(monkeypatch, "MAX_REMOVALS")
    head = put(store, *(value(str(number), number) for number in range(5))).head
    heads = [head] + [put(store, Write(str(number))).head for number in range(5)]

    assert [store.since({"k": head})["k"].reset for head in heads] == [True, True, False, False, False, False]


def test_floors_are_remembered_for_as_long(store, monkeypatch):
    remember_few(monkeypatch, "MAX_REMOVALS")
    bounds = ring(1, lane="host", max_lanes=2).bounds
    pictures = []
    for number in range(12):
        put(store, Write(None, f"h{number}", value=str(number)), bounds=bounds)
        pictures.append(picture_of(store.since({"k": None})))
    wanted = pictures[-1].contents()

    resets = []
    for picture in pictures:
        delta = store.since({"k": Cursor(*picture.heads["k"])})["k"]
        apply_delta(picture, delta)
        resets.append(delta.reset)
        assert picture.contents() == wanted

    assert True in resets
    assert False in resets


def test_the_number_of_remembered_producers_is_bounded(store, monkeypatch):
    remember_few(monkeypatch, "MAX_PRODUCERS")
    for number in range(6):
        put(store, value("a", number, producer=f"p{number}", seq=1))

    assert not put(store, value("a", 9, producer="p5", seq=1)).has_changes
    assert put(store, value("a", 9, producer="p0", seq=1)).has_changes


def test_a_keyspace_that_the_caller_has_is_left_out(store):
    head = put(store, value("a", 1)).head
    put(store, value("b", 1), keyspace="other")
    everything = {"k": None, "other": None, "unwritten": None}
    had = {"k": head, "unwritten": NEVER_WRITTEN}

    assert set(store.since(everything, unless=had)) == {"other"}
    put(store, value("a", 2))
    later = store.since(everything, unless=had)
    assert set(later) == {"k", "other"}
    assert [entry.value for entry in later["k"].entries] == ["2"]


@pytest.mark.parametrize("policy", [last_value("key", max_keys=700), ring(20, lane="lane", max_lanes=61)])
def test_a_tick_of_many_hundreds_is_kept_as_one_of_a_few(make_store, policy):
    # More than one statement's worth of rows, page of entries, and slice of keys, each with a rest.
    events = [{"key": f"key-{number % 1111}", "lane": f"lane-{number % 61}"} for number in range(2345)]
    writes = [Write(policy.key_of(event), policy.lane_of(event), value=json.dumps(event)) for event in events]
    whole, parted = make_store(), make_store()
    put(whole, *writes, bounds=policy.bounds)
    for start in range(0, len(writes), 10):
        put(parted, *writes[start : start + 10], bounds=policy.bounds)

    assert shown(whole)
    assert sorted(shown(whole).items()) == sorted(shown(parted).items())


def test_a_reader_far_behind_is_sent_every_page(store):
    head = put(store, value("first", 0)).head
    put(store, *(value(f"key-{number}", number) for number in range(2500)), bounds=Bounds(max_keys=5000))

    entries = store.since({"k": head})["k"].entries
    assert [json.loads(entry.value) for entry in entries] == list(range(2500))
    assert len(store.since({"k": None})["k"].entries) == 2501


def test_removing_from_a_lane_does_not_make_it_the_newest(store):
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(Write(key, lane, value="1") for key, lane in (("a1", "a"), ("a2", "a"), ("b1", "b"))), bounds=bounds)
    put(store, Write("a1"), bounds=bounds)
    put(store, Write("c1", "c", value="1"), bounds=bounds)

    assert shown(store).keys() == {"b1", "c1"}


def test_a_removal_without_the_bounds_counts_in_its_lane(store):
    """A process that does not know the event type has other bounds."""
    ring_of_two = Bounds(per_lane=2)
    first = put(store, Write(None, value="1"), Write(None, value="2"), bounds=ring_of_two)
    put(store, Write(first.entries[0].key))
    put(store, *[Write(None, value=str(number)) for number in range(3, 7)], bounds=ring_of_two)

    removed, *entries = store.since({"k": first.head})["k"].entries
    assert (removed.key, removed.value) == (first.entries[0].key, None)
    assert [entry.value for entry in entries] == ["5", "6"]


def test_an_eviction_without_the_bounds_counts_in_its_lane(store):
    ring_of_three = Bounds(per_lane=3)
    put(store, *[Write(None, "a", value=str(number)) for number in range(3)], bounds=ring_of_three)
    put(store, Write("b", value="9"), bounds=Bounds(max_keys=2))  # evicts two of the lane
    put(store, *[Write(None, "a", value=str(number)) for number in range(3, 6)], bounds=ring_of_three)

    assert shown(store) == {"b": 9, "5": 3, "6": 4, "7": 5}


def test_an_eviction_by_max_keys_is_subtracted_from_its_lane(store):
    bounds = Bounds(max_keys=3, per_lane=2, max_lanes=9)
    for lane in "aabba":  # the bound of the keyspace takes a's first two, lane a's own none
        put(store, Write(None, lane, value="1"), bounds=bounds)
    put(store, Write(None, "a", value="1"), bounds=bounds)

    assert shown(store).keys() == {"4", "5", "6"}


def test_removing_from_what_was_never_written_makes_nothing(store):
    put(store, Write("a"))

    assert store.heads() == {}


def test_all_keyspaces_are_read_at_one_instant(store):
    for number in range(50):
        store.apply([Batch(name, Bounds(max_keys=9), [value("n", number)]) for name in ("a", "b")])
        deltas = store.since({"a": None, "b": None})
        assert deltas["a"].entries[0].value == deltas["b"].entries[0].value


def test_a_batch_that_cannot_be_written_leaves_nothing(store):
    put(store, value("a", 1), keyspace="x")
    broken = Write("b", value=object())  # type: ignore[arg-type]  # what no column takes
    with pytest.raises(Exception):
        store.apply([Batch("x", Bounds(max_keys=9), [value("a", 2)]), Batch("y", Bounds(max_keys=9), [broken])])

    assert shown(store, "x") == {"a": 1}
    assert "y" not in store.heads()


class TestCacheAPI:
    """The ordinary cache API reads, writes and deletes the same entries."""

    def test_it_reads_an_entry_by_its_name(self, store):
        put(store, Write("gbt", value='{"macro_f1":0.9}'), keyspace="model_metric")

        assert store.get("model_metric:gbt") == {"macro_f1": 0.9}
        assert store.get("model_metric:mlp", "none") == "none"
        assert "model_metric:gbt" in store
        assert store.get_many(["model_metric:gbt", "model_metric:x"]) == {"model_metric:gbt": {"macro_f1": 0.9}}

    def test_a_delete_is_a_removal_and_tells_this_process(self, store):
        notified = []
        store.listeners.add(lambda: notified.append(1))
        head = put(store, value("a", 1)).head

        assert store.delete("k:a")
        assert not store.delete("k:a")
        assert [(entry.key, entry.value) for entry in store.since({"k": head})["k"].entries] == [("a", None)]
        assert notified

    def test_a_delete_of_what_is_not_there_leaves_no_trace(self, store):
        head = put(store, value("a", 1)).head

        assert not store.delete("never-written:a")
        assert not store.delete("k:b")
        assert store.heads() == {"k": head}

    def test_a_timeout_hides_an_entry_until_a_change_removes_it(self, store):
        now = 1000.0
        store.clock = lambda: now
        store.set("k:a", 1, timeout=10)
        head = store.heads()["k"]
        now = 1010.0

        assert store.get("k:a") is None
        assert shown(store) == {"a": 1}
        store.set("k:b", 2)
        assert [(entry.key, entry.value) for entry in store.since({"k": head})["k"].entries] == [
            ("a", None),
            ("b", "2"),
        ]

    def test_set_add_touch_incr_and_clear(self, store):
        now = 1000.0
        store.clock = lambda: now
        store.set("k:n", 1)
        assert not store.add("k:n", 5)
        assert store.add("k:m", 5, timeout=10)
        assert store.incr("k:n") == 2
        assert store.touch("k:m", 30)
        now = 1020.0
        assert store.get("k:m") == 5
        now = 1030.0
        assert store.get("k:m") is None
        assert store.add("k:m", 6)
        store.set("k:m", 7, timeout=0)
        assert store.get("k:m") is None
        store.clear()
        assert store.get("k:n") is None

    async def test_its_async_form_works_too(self, store):
        await store.aset("k:n", {"a": [1, None]})
        assert await store.aget("k:n") == {"a": [1, None]}
        assert await store.aheads() == store.heads()
        assert (await store.asince({"k": None}))["k"].entries[0].key == "n"

    def test_it_pickles_nothing(self, store):
        with pytest.raises(TypeError):
            store.set("k:n", object())

    @pytest.mark.parametrize("write", ["set", "add"])
    def test_a_ring_takes_events_only(self, store, write):
        with pytest.raises(ValueError, match="live_detection"):
            getattr(store, write)("live_detection:1", {})

    @pytest.mark.parametrize("write", ["set", "add"])
    def test_it_refuses_what_browsers_would_take_for_something_else(self, store, write):
        for null in (None, math.nan, math.inf):
            with pytest.raises(ValueError, match="removal"):
                getattr(store, write)("k:n", null)
        for keyspace in ("", '","x":"', "_health", "Ünicode"):
            with pytest.raises(ValueError, match="not a keyspace"):
                getattr(store, write)(f"{keyspace}:n", 1)


def remove_odd(previous: Any, event: Any) -> Any:
    if event["n"] == 7:
        raise ValueError("seven")
    return REMOVE if event["n"] % 2 else IGNORE if event["n"] == 4 else {**event, "before": (previous or {}).get("n")}


POLICIES = {
    "last_value": last_value("key", max_keys=3),
    "expiring": last_value("key", max_keys=4, ttl_s=5),
    "ring": ring(3),
    "lanes": ring(2, lane="lane", max_lanes=2),
    "bounded_twice": Policy("own", Bounds(max_keys=4, per_lane=2, max_lanes=3), lane="lane", appends=True),
    "course": course(4),
    "courses": course(4, lane="lane", max_lanes=2),
    "expiring_ring": ring(3, lane="lane", max_lanes=3, ttl_s=7),
    "counter": counter("n", "key", max_keys=3),
    "newest": newest("n", "key", max_keys=3),
    "custom": custom(remove_odd, "key", max_keys=3),
}
EVENTS = st.fixed_dictionaries(
    {"key": st.sampled_from("abcde"), "lane": st.sampled_from("xyz"), "n": st.integers(0, 9)}
)
BATCHES = st.lists(st.tuples(EVENTS, st.sampled_from(["", "p", "q"]), st.integers(1, 3)), max_size=6)


class StoreMachine(RuleBasedStateMachine):
    """Any history of batches, removals, clearings and waiting, compared with the plain model.

    A reader is kept for every state that ever was; each is brought up to date from there.
    """

    make: Any = None

    @initialize(name=st.sampled_from(sorted(POLICIES)))
    def begin(self, name: str) -> None:
        self.policy = POLICIES[name]
        self.now = 1000.0
        self.store = type(self).make()
        self.store.clock = lambda: self.now
        self.plain = Plain()
        self.seqs = {"p": 0, "q": 0}
        self.readers = [Picture()]

    @rule(events=BATCHES)
    def send(self, events: Any) -> None:
        writes = []
        for event, producer, ahead in events:
            seq = 0
            if producer:
                # A seq is never reused for other events: it goes up, or the message is an old one.
                self.seqs[producer] += ahead
                seq = self.seqs[producer]
            key, lane = self.policy.key_of(event), self.policy.lane_of(event)
            text = json.dumps(event) if self.policy.is_blind else None
            writes.append(Write(key, lane, text, None if self.policy.is_blind else event, producer, seq))
        self._apply(writes)

    @rule(event=EVENTS, back=st.integers(0, 5))
    def send_again(self, event: Any, back: int) -> None:
        if self.seqs["p"] > back:
            text = json.dumps(event) if self.policy.is_blind else None
            kept = None if self.policy.is_blind else event
            key, lane = self.policy.key_of(event), self.policy.lane_of(event)
            self._apply([Write(key, lane, text, kept, "p", self.seqs["p"] - back)])

    @rule(number=st.integers(0, 30))
    def remove(self, number: int) -> None:
        if self.plain.entries:
            key = sorted(self.plain.entries)[number % len(self.plain.entries)]
            self._apply([Write(key)])

    @rule(seconds=st.integers(1, 4))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @precondition(lambda self: self.plain.revision)
    @rule()
    def clear(self) -> None:
        assert self.store.reset("k")
        self.plain.clear()
        self._compare()

    @precondition(lambda self: self.plain.revision)
    @rule()
    def put_a_copy_back(self) -> None:
        epoch = self.store.heads()["k"].epoch
        self.store.restore(self.store.export(["k"]))
        self.plain.put_back()
        assert self.store.heads()["k"].epoch != epoch
        self._compare()

    def _apply(self, writes: list[Write]) -> None:
        head = self.store.heads().get("k", NEVER_WRITTEN)
        batch = Batch("k", self.policy.bounds, writes, self.policy.decide)
        applied = self.store.apply([batch])[0]
        self.plain.apply(batch, self.now)
        failed = {index for index, write in enumerate(writes) if write.failure is not None}
        assert failed == self.plain.failed
        assert applied == self.store.since({"k": head})["k"]
        self._compare()

    def _compare(self) -> None:
        everything = picture_of(self.store.since({"k": None}))
        copy = everything.copies["k"]
        assert dict(sorted(copy.entries.items())) == self.plain.shown()
        assert copy.revision == self.plain.revision
        assert self.store.sizes().get("k", 0) == len(self.plain.entries)
        assert self.store.audit() == []
        self.readers.append(deepcopy(everything))
        for picture in self.readers[-12:]:
            late = deepcopy(picture)
            cursors = {"k": Cursor(*late.heads["k"]) if late.heads else None}
            apply_delta(late, self.store.since(cursors)["k"])
            assert late.contents() == everything.contents()


def run_histories(make_store, count: int, seeded=lambda machine: machine) -> None:
    StoreMachine.make = staticmethod(make_store)
    run_state_machine_as_test(
        seeded(type("Part", (StoreMachine,), {})),
        settings=settings(
            max_examples=count, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_any_history_leaves_what_a_plain_model_has(make_store, request):
    is_far = request.node.callspec.params["make_store"] in ENGINES  # each step is some round trips
    run_histories(make_store, 10 if is_far else 50)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(4))
def test_a_thousand_histories_leave_what_a_plain_model_has(make_store, part):
    run_histories(make_store, 250, seed(part))


# what people look at, and copies


def test_stats_count_entries_lanes_bytes_and_evictions(store):
    store.clock = lambda: 1000.0
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(value(None, 10 + n, lane=f"l{n % 3}", producer=f"7:p{n}") for n in range(9)), bounds=bounds)

    assert store.stats()["k"] == KeyspaceStats(4, 2, 8, 5, 1000.0, "7:p8")


def test_stats_say_who_sent_the_newest_change_and_when(store):
    now = [1000.0]
    store.clock = lambda: now[0]
    put(store, value("a", 1, producer="7:p"), value("b", 2, producer="8:q", seq=1))
    assert (store.stats()["k"].changed_at, store.stats()["k"].changed_by) == (1000.0, "8:q")
    now[0] = 1001.0
    put(store, value("b", 2, producer="8:q", seq=1))  # a repeat changes nothing
    assert store.stats()["k"].changed_at == 1000.0
    put(store, Write("a"))
    assert (store.stats()["k"].changed_at, store.stats()["k"].changed_by) == (1001.0, "")


def test_stats_count_evictions_beyond_a_clearing(store):
    put(store, *(value(name, 1) for name in "abc"), bounds=Bounds(max_keys=2))
    store.reset("k")

    assert store.stats()["k"][:4] == (0, 0, 0, 1)


def test_a_delta_counts_the_entries_that_max_keys_evicted(store):
    bounds = Bounds(max_keys=2)
    first = put(store, value("a", 1), value("b", 1), bounds=bounds)
    second = put(store, *(value(name, 1) for name in "cdcea"), bounds=bounds)

    assert (first.dropped, second.dropped) == (0, 3)
    assert store.since({"k": first.head})["k"] == second
    assert store.since({"k": None})["k"].dropped == 3
    assert put(store, value("a", 2), Write("e"), value("f", 1), bounds=bounds).dropped == 3


def test_a_delta_counts_the_lanes_that_max_lanes_evicted(store):
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(value(None, n, lane="x") for n in range(9)), bounds=bounds)
    assert store.since({"k": None})["k"].dropped == 0
    put(store, *(value(None, 1, lane=lane) for lane in "xyzxv"), bounds=bounds)

    assert store.since({"k": None})["k"].dropped == 2


def test_a_cleared_or_restored_keyspace_has_dropped_nothing(store):
    put(store, *(value(name, 1) for name in "abc"), bounds=Bounds(max_keys=2))
    copies = store.export()
    store.restore(copies)
    assert store.since({"k": None})["k"].dropped == 0
    put(store, *(value(name, 1) for name in "de"), bounds=Bounds(max_keys=2))
    assert store.since({"k": None})["k"].dropped == 2
    store.reset("k")
    assert put(store, value("a", 1)).dropped == 0


def test_stats_count_bytes_of_utf8(store):
    put(store, Write("a", value='"é"'))

    assert store.stats()["k"].size_bytes == 4


def test_a_lane_is_as_old_as_its_newest_added_entry(store):
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(value(None, 1, lane=lane) for lane in "yyz"), bounds=bounds)
    put(store, Write("1"), bounds=bounds)  # a removal makes no lane younger
    put(store, value(None, 1, lane="x"), bounds=bounds)

    assert {entry.lane for entry in store.since({"k": None})["k"].entries} == {"z", "x"}


def test_a_page_has_the_newest_first_and_the_total(store):
    put(store, *(value(name, n) for n, name in enumerate("abcde")))
    put(store, value("b", 9), Write("e"))

    def keys(page):
        return [entry.key for entry in page.entries], page.found

    assert keys(store.page("k")) == (["b", "d", "c", "a"], 4)
    assert keys(store.page("k", skip=1, limit=2)) == (["d", "c"], 4)
    assert keys(store.page("k", skip=4)) == ([], 4)
    assert keys(store.page("k", limit=0)) == keys(store.page("k", "", 2, 0)) == ([], 4)
    assert keys(store.page("none")) == ([], 0)


def test_a_page_finds_a_part_of_a_key_or_lane_in_either_case(store):
    put(store, value("GBT-1", 1), value("knn", 2, lane="gbt"), value("100%_x", 3), value("Ünder", 4))

    def found(text):
        page = store.page("k", text)
        assert page.found == len(page.entries)
        return [entry.key for entry in page.entries]

    assert found("gBt") == ["knn", "GBT-1"]
    assert found("%_") == ["100%_x"]
    assert found("Ünd") == ["Ünder"]
    assert found("zzz") == []


def test_a_copy_in_another_store_holds_the_same(store, make_store):
    store.clock = lambda: 1000.0
    put(store, value("a", 1, producer="7:p", seq=41), value("b", 2), Write("a"), bounds=Bounds(max_keys=9, ttl_s=60))
    put(store, *(value(None, n, lane="x") for n in range(5)), keyspace="ring", bounds=Bounds(per_lane=3))
    put(store, value("", 1), keyspace="_own")
    copy = make_store()
    copy.restore(store.export())

    assert copy.sizes() == {"k": 1, "ring": 3}
    for name in ("k", "ring"):
        assert copy.since({name: None})[name].entries == store.since({name: None})[name].entries
        assert copy.heads()[name].revision == store.heads()[name].revision
        assert copy.heads()[name].epoch not in ("", store.heads()[name].epoch)
    assert copy.read("k", "b") == store.read("k", "b") == ("2", 1060.0)


def test_a_copy_remembers_what_was_applied(store, make_store):
    put(store, value("a", 1, producer="7:p", seq=41))
    copy = make_store()
    copy.restore(store.export(["k"]))

    assert not put(copy, value("a", 2, producer="7:p", seq=41)).has_changes
    assert put(copy, value("a", 3, producer="7:p", seq=42)).has_changes


def test_a_copy_does_not_take_back_what_was_applied_since(store):
    put(store, value("a", 1, producer="7:p", seq=41))
    copy = store.export(["k"])
    head = put(store, value("a", 2, producer="7:p", seq=42), value("b", 1)).head
    store.restore(copy)

    assert shown(store) == {"a": 1}
    assert store.since({"k": head})["k"].reset
    assert not put(store, value("a", 2, producer="7:p", seq=42)).has_changes


def test_a_copy_of_a_ring_goes_on_where_it_stopped(store):
    bounds = Bounds(per_lane=3)
    put(store, *(value(None, n) for n in range(5)), bounds=bounds)
    store.restore(store.export())
    head = store.heads()["k"]
    applied = put(store, value(None, 9), bounds=bounds)

    assert shown(store) == {"4": 3, "5": 4, "6": 9}
    assert applied == store.since({"k": head})["k"]
    assert store.stats()["k"].entries == 3
    assert store.audit() == []


def test_a_sound_store_has_nothing_to_say_against_itself(store):
    put(store, *(value(None, n, lane=f"l{n % 3}") for n in range(9)), bounds=Bounds(per_lane=2, max_lanes=2))
    put(store, value("a", 1), Write("a"), keyspace="other")

    assert store.audit() == []
    assert list(broken_invariants(store, ["k", "other"])) == []


def test_the_essay_names_every_method_of_the_contract():
    for method in ("apply", "since", "restore"):
        assert f"`{method}`" in (base.__doc__ or "")
