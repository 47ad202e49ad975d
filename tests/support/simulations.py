"""Simulations on the stores, and histories that are repeated in them."""

import itertools
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from broadcast.stores.redis.client import close_links
from broadcast.stores.sqlite.engine import close_engines
from tests.support.exploration.showing import text_of
from tests.support.history_files import repeat
from tests.support.picture import picture_of
from tests.support.processes import simulated
from tests.support.recording import RecordingCache, RecordingRedisCache
from tests.support.redis_server import ENGINES
from tests.support.simulated_actions import Played, play_seed
from tests.support.simulation import Simulation, written
from tests.support.stores import shared_server
from tests.support.table import BOARD

_numbers = itertools.count()


def on_sqlite(**options: Any) -> Simulation:
    location = f":memory:simulation-{next(_numbers)}"
    return Simulation(lambda: simulated(RecordingCache)(location, {}), **options)


def on_redis(engine: str) -> Simulation:
    options = {"KEY_PREFIX": f"simulation-{next(_numbers)}"}
    url = shared_server(engine).url
    # In a deployment times are the server's own, so there the clocks of two processes do not matter.
    return Simulation(lambda: simulated(RecordingRedisCache)(url, options), skews_s=(0.0, 0.0))


def close_redis(engine: str) -> None:
    with shared_server(engine).client() as client:
        client.flushall()
    close_links()


# How to make a simulation on each kind of store, and how to remove what it stored.
STORES: dict[str, tuple[Callable[[], Simulation], Callable[[], None]]] = {
    "sqlite": (on_sqlite, close_engines),
    "one file": (partial(on_sqlite, on_one_file=True), close_engines),
    **{engine: (partial(on_redis, engine), partial(close_redis, engine)) for engine in ENGINES},
}


def play_seeds(seeds: Iterable[int], store: str = "sqlite") -> None:
    """Play the random history of each seed.

    Raises:
        AssertionError: a history ended wrong; a note names the seed and the file of the history.
    """
    make, close = STORES[store]
    for seed in seeds:
        try:
            play_seed(seed, make(), store)
        finally:
            close()


def chosen_seed() -> int:
    """Return the seed of a run: that of the environment variable SEED, or a random one. Prints it."""
    seed = int(os.environ.get("SEED") or secrets.randbelow(10**9))
    print(f"seed {seed}; repeat with: make chaos SEED={seed}")
    return seed


def replay(header: dict[str, Any], actions: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Repeat a history; see `history_files.repeat`."""
    make, close = STORES[header["store"]]
    simulation = make()
    # What fails again is written again, next to the file that is repeated.
    played = Played(simulation, header, f"repeated {header['store']} {header['seed']}")
    try:
        yield from repeat(
            header, actions, lambda action: played.perform(**action), lambda: show(simulation), played.finish
        )
    finally:
        simulation.close()
        close()


def show(simulation: Simulation) -> Iterator[str]:
    """Yield lines: the store, each process's replica, and each browser's picture."""
    stored = picture_of(simulation.store.since(dict.fromkeys(BOARD))).contents()
    yield f"  store      {text_of(written(stored))}"
    for index, process in enumerate(simulation.processes):
        heads = process.runtime.fanout_of("main").replica.heads
        at = ", ".join(f"{name} {head.epoch}:{head.revision}" for name, head in heads.items() if head.epoch)
        yield f"  process {index}  {at or 'not loaded'}"
    for number, browser in enumerate(simulation.browsers):
        slow = "" if browser.acks and browser.reads.is_set() else "; slow"
        away = "" if browser.is_open else "; not connected"
        yield f"  browser {number}  {text_of(written(browser.picture.contents()))}{slow}{away}"
