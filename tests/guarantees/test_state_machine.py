"""Two processes and a faulty layer: no browser ends in a wrong state. Hypothesis chooses the events.

When it fails, the shortest history that fails is printed, and is in a file that `tests.guarantees.replay` repeats.
"""

import asyncio
import gc

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from broadcast.browser import Browser
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.keyspace_copy import Copy
from broadcast.stores.sqlite.apply import Keyspace
from tests.support.planted_bugs import script_with, updates_are_not_compared
from tests.support.simulated_actions import FAULTS, KINDS, MAX_BROWSERS, WAITS_S, Played
from tests.support.simulations import STORES, chosen_seed

PROCESSES = st.integers(0, 1)
EVENTS = st.builds(
    lambda kind, key, lane, n: {"type": kind, "key": key, "lane": lane, "n": n},
    st.sampled_from(KINDS),
    st.sampled_from("abcde"),
    st.sampled_from("xyz"),
    st.integers(0, 99),
)
MESSAGES = st.lists(EVENTS, min_size=1, max_size=4)
BURSTS = st.lists(MESSAGES, min_size=1, max_size=5)  # so many that updates of a tick are coalesced
FAULTED = st.lists(st.sampled_from(FAULTS), max_size=4)


class TwoProcesses(RuleBasedStateMachine):
    """Each rule is a possible event; after it, every browser that can has the store's state."""

    store, number = "sqlite", 0

    def __init__(self) -> None:
        super().__init__()
        make, self.close_store = STORES[self.store]
        header = {"kind": "simulated", "store": self.store, "seed": self.number}
        self.played = Played(make(), header, f"state machine {self.store} {self.number}")

    @initialize(process=PROCESSES)
    def first_browser(self, process: int) -> None:
        self.played.perform("open", process=process)

    @rule(process=PROCESSES, events=MESSAGES, faults=FAULTED)
    def publish(self, process: int, events: list[dict], faults: list[str]) -> None:
        self.played.perform("publish", process=process, events=events, faults=faults)

    @rule(first=BURSTS, second=BURSTS, faults=FAULTED)
    def publish_on_both(self, first: list[list[dict]], second: list[list[dict]], faults: list[str]) -> None:
        self.played.perform("publish_on_both", first=first, second=second, faults=faults)

    @rule(producer=PROCESSES, process=PROCESSES, events=MESSAGES)
    def be_cut_off(self, producer: int, process: int, events: list[dict]) -> None:
        self.played.perform("be_cut_off", producer=producer, process=process, events=events)

    @rule(process=PROCESSES, events=MESSAGES, is_early=st.booleans())
    def publish_and_kill(self, process: int, events: list[dict], is_early: bool) -> None:
        self.played.perform("publish_and_kill", process=process, events=events, is_early=is_early)

    @precondition(lambda self: len(self.played.simulation.browsers) < MAX_BROWSERS)
    @rule(process=PROCESSES, events=MESSAGES)
    def join_while_the_other_publishes(self, process: int, events: list[dict]) -> None:
        self.played.perform("join_while_the_other_publishes", process=process, events=events)

    @rule(data=st.data(), process=PROCESSES, forgets=st.booleans())
    def leave_or_come_back(self, data: st.DataObject, process: int, forgets: bool) -> None:
        browser = data.draw(st.sampled_from(range(len(self.played.simulation.browsers))))
        self.played.perform("leave_or_come_back", browser=browser, process=process, forgets=forgets)

    @rule(data=st.data(), reads=st.booleans())
    def stall_or_go_on(self, data: st.DataObject, reads: bool) -> None:
        browser = data.draw(st.sampled_from(range(len(self.played.simulation.browsers))))
        self.played.perform("stall_or_go_on", browser=browser, reads=reads)

    @rule(data=st.data(), max_per_s=st.sampled_from([1.0, 10.0, None]))
    def request_pace(self, data: st.DataObject, max_per_s: float | None) -> None:
        browser = data.draw(st.sampled_from(range(len(self.played.simulation.browsers))))
        self.played.perform("request_pace", browser=browser, max_per_s=max_per_s)

    @rule(process=PROCESSES, drained=st.booleans())
    def restart(self, process: int, drained: bool) -> None:
        self.played.perform("restart", process=process, drained=drained)

    @rule()
    def release_what_was_held(self) -> None:
        self.played.perform("release")

    @rule(keyspace=st.sampled_from(KINDS), index=st.integers(0, 9))
    def remove(self, keyspace: str, index: int) -> None:
        self.played.perform("remove", keyspace=keyspace, index=index)

    @rule(keyspace=st.sampled_from(KINDS))
    def clear(self, keyspace: str) -> None:
        self.played.perform("clear", keyspace=keyspace)

    @rule(seconds=st.sampled_from(WAITS_S))
    def wait(self, seconds: float) -> None:
        self.played.perform("wait", seconds=seconds)

    def teardown(self) -> None:
        try:
            self.played.finish()
        finally:
            self.played.simulation.close()
            self.close_store()


class TwoProcessesOnRedis(TwoProcesses):
    """The same on a real Redis."""

    store = "redis"


ON_REDIS = pytest.param(TwoProcessesOnRedis, marks=pytest.mark.slow, id="redis")
MACHINES = pytest.mark.parametrize("machine", [pytest.param(TwoProcesses, id="sqlite"), ON_REDIS])
PARTS = 8  # each other histories, and some minutes at most


def run(machine: type[TwoProcesses], number: int, examples: int, steps: int = 20, **more) -> None:
    """Run the histories of a seed."""
    quick = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    options = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=quick,
        **more,
    )
    run_state_machine_as_test(seed(number)(type("Seeded", (machine,), {"number": number})), settings=options)


@MACHINES
def test_no_history_of_two_processes_ends_wrong(machine):
    run(machine, 0, 20 if machine is TwoProcesses else 5)  # each step on Redis is some round trips


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
@MACHINES
def test_no_history_of_a_thousand_ends_wrong(machine, part, capsys):
    with capsys.disabled():
        first = chosen_seed()
    run(machine, first + part, 1000 // PARTS)


# A check that cannot fail is none.


def nobody_looks_at_heads(patch) -> None:
    async def look_at_nothing(self) -> None:
        return None

    patch.setattr(Fanout, "reconcile", look_at_nothing)


def seqs_are_forgotten(patch) -> None:
    patch.setattr(Keyspace, "_seqs", lambda self, batch: {})


seqs_are_forgotten_by_the_script = script_with("apply", "return seq > 0 and seq <= [^\n]*", "return false")


def a_replica_ignores_floors(patch) -> None:
    patch.setattr(Copy, "_evict", lambda self, floors, raised_by: None)


def updates_overtake_compression(patch) -> None:
    def send(self, update, now) -> None:
        payload = self._deflater.payload_now(update)
        if payload is None:
            self._detached = asyncio.create_task(self._finish_update(update))
        else:
            self._record(update, payload, now)
            self._send_now(payload)

    patch.setattr(Browser, "_send_compressed", send)


BUGS = [
    (TwoProcesses, updates_are_not_compared),
    (TwoProcesses, nobody_looks_at_heads),
    (TwoProcesses, seqs_are_forgotten),
    (TwoProcesses, a_replica_ignores_floors),
    pytest.param(TwoProcesses, updates_overtake_compression, marks=pytest.mark.chaos),
    pytest.param(TwoProcessesOnRedis, updates_are_not_compared, marks=pytest.mark.chaos),
    (TwoProcessesOnRedis, seqs_are_forgotten_by_the_script),
]


@pytest.mark.slow
@pytest.mark.parametrize(("machine", "bug"), BUGS)
def test_a_planted_bug_is_found(machine, bug, monkeypatch):
    bug(monkeypatch)
    # Tasks that failed are logged when they are collected. Inside Hypothesis's `ast.parse` the traceback, which
    # parses source itself, would fail with a SystemError (https://github.com/python/cpython/issues/106905).
    gc.collect()
    # Ends with the first that is found. Which histories come depends on the modules that are loaded, so there is room.
    with pytest.raises(AssertionError):
        run(machine, 0, 1000, phases=[Phase.generate])
