"""Two processes and a faulty layer: no browser ends in a wrong state. Hypothesis chooses the events.

When it fails, the shortest history that fails is in a file that `tests.guarantees.replay` repeats.
"""

import asyncio
import gc
import random

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from broadcast.browser import Browser
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.keyspace_copy import Copy
from broadcast.stores.sqlite.apply import Keyspace
from tests.support.planted_bugs import script_with, updates_are_not_compared
from tests.support.simulated_actions import Played, random_action
from tests.support.simulations import STORES, chosen_seed


class TwoProcesses(RuleBasedStateMachine):
    """Each step is a possible event; after it, every browser that can has the store's state."""

    store, number = "sqlite", 0

    def __init__(self) -> None:
        super().__init__()
        make, self.close_store = STORES[self.store]
        header = {"kind": "simulated", "store": self.store, "seed": self.number}
        self.played = Played(make(), header, f"state machine {self.store} {self.number}")

    @initialize(process=st.integers(0, 1))
    def first_browser(self, process: int) -> None:
        self.played.perform("open", process=process)

    @rule(rng=st.randoms())
    def act(self, rng: random.Random) -> None:
        self.played.perform(**random_action(rng, len(self.played.simulation.browsers)))

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
    # Each step on Redis is some round trips. The quick profile has half of the examples.
    run(machine, 0, settings.default.max_examples * 2 // 5 if machine is TwoProcesses else 5)


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
