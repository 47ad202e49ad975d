"""Every store is compared with a plain model after each step of random histories."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from broadcast.events.policies import IGNORE, REMOVE, Policy, counter, course, custom, last_value, newest, ring
from broadcast.types import NEVER_WRITTEN, Batch, Bounds, Cursor, Write
from tests.support.oracle import Plain
from tests.support.picture import Picture, apply_delta, picture_of
from tests.support.redis_server import ENGINES


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

    There is a reader for every state that ever was; each is brought up to date from there.
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
            text = json.dumps(event) if self.policy.decide is None else None
            writes.append(Write(key, lane, text, None if self.policy.decide is None else event, producer, seq))
        self._apply(writes)

    @rule(event=EVENTS, back=st.integers(0, 5))
    def send_again(self, event: Any, back: int) -> None:
        if self.seqs["p"] > back:
            text = json.dumps(event) if self.policy.decide is None else None
            event_if_read = None if self.policy.decide is None else event
            key, lane = self.policy.key_of(event), self.policy.lane_of(event)
            self._apply([Write(key, lane, text, event_if_read, "p", self.seqs["p"] - back)])

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
    run_histories(make_store, 10 if is_far else settings.default.max_examples)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(4))
def test_a_thousand_histories_leave_what_a_plain_model_has(make_store, part):
    run_histories(make_store, 250, seed(part))
