"""Fixtures for all tests: a store of its own, a pipeline in this process, and a real server on a free port."""

import gc
import os
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.runtime import store
from broadcast.stores.base import StickyCache
from broadcast.stores.sqlite.engine import close_engines
from tests.support.bench import Bench
from tests.support.once import once, run_folder
from tests.support.server import Server
from tests.support.wheels import build_wheel
from tests.support.world import World

pytest_plugins = ["pytester"]

# The test processes share few cores. A library with threads that wait for each other would need thirty times the time.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
gc.disable()  # until the tests are collected; none of them is garbage before the end

# If the host pauses the machine for half a second, that does not make an example slow.
settings.register_profile("patient", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("patient"), max_examples=25)
settings.load_profile("patient")
LONG = ("slow", "browser")
run_folder()  # before the processes start that share it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a retry without a reason, and run the longest tests first, so that no worker is left alone with one."""
    for item in items:
        refuse_unexplained_retry(item)
    items.sort(key=lambda item: (-stated_s(item), *(item.get_closest_marker(mark) is None for mark in LONG)))


def stated_s(item: pytest.Item) -> float:
    """Return for how many seconds a test runs, if its mark says so: `@pytest.mark.slow(60)`."""
    return float(sum(sum(mark.args) for mark in item.iter_markers("slow")))


def pytest_collection_finish() -> None:
    """Leave the tests and modules out of each garbage collection."""
    gc.freeze()
    gc.enable()


def refuse_unexplained_retry(item: pytest.Item) -> None:
    """Raise an error if a test may be retried and its mark does not name what in real time it depends on."""
    for mark in item.iter_markers("flaky"):
        if not mark.kwargs.get("reason"):
            raise pytest.UsageError(f'{item.nodeid}: write why it may fail: @pytest.mark.flaky(reason="…")')


@pytest.fixture
def sticky(settings, tmp_path: Path) -> Iterator[StickyCache]:
    """A store in a file of its own, instead of the deployment's."""
    location = tmp_path / "sticky.sqlite3"
    own = {"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": location}
    settings.CACHES = {**settings.CACHES, "sticky": own}
    yield store()
    close_engines()


@pytest.fixture
def store_path(tmp_path: Path) -> Iterator[Path]:
    """A path for a store's file. All engines that opened it are closed afterwards."""
    yield tmp_path / "sticky.sqlite3"
    close_engines()


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Makes a bench on a store in memory, with the given options."""
    yield partial(Bench, f":memory:{tmp_path}")
    close_engines()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The pipeline of one process without sockets, on a store in memory."""
    world = World(LocalChannelLayer(), f":memory:{tmp_path}")
    yield world
    await world.close()


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The wheel of this checkout."""
    (file,) = once("wheel", build_wheel).glob("*.whl")
    return file


@pytest.fixture(scope="session")
def site(wheel: Path) -> Path:
    """A folder for PYTHONPATH with what is in the wheel, whose modules are compiled once."""
    return once("site", zipfile.ZipFile(wheel).extractall)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server (uvicorn, embedded layer) with a folder of its own."""
    with Server(tmp_path) as running:
        yield running
