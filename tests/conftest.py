"""Fixtures for all tests: a store of its own, a pipeline in this process, and a real server on a free port."""

import gc
import os
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management.commands import flush
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

# If the host pauses the machine for half a second, that does not make an example slow. Examples are the same in each
# run, so that none fails for one change of the code and not for the next; those of `make chaos` are random.
too_slow = [HealthCheck.too_slow]
settings.register_profile("patient", deadline=None, max_examples=50, derandomize=True, suppress_health_check=too_slow)
settings.register_profile("quick", settings.get_profile("patient"), max_examples=25)
settings.register_profile("random", settings.get_profile("patient"), derandomize=False)
settings.load_profile("patient")
LONG = ("slow", "browser")
# Files that take seconds to import, all of whose tests have a mark.
WHOLE = {
    "browser": ("browser",),
    "slow": (
        "client/integrations/test_sklearn.py",
        "ingest/test_demo_producers.py",
        "ingest/test_knn_and_detection.py",
    ),
}
run_folder()  # before the processes start that share it


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what `-m "not slow"`, for example, leaves out as a whole, because each process would import it."""
    without = [names for mark, names in WHOLE.items() if f"not {mark}" in config.option.markexpr.split(" and ")]
    return any(collection_path == Path(__file__).parent / name for names in without for name in names) or None


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


@pytest.fixture(scope="session", autouse=True)
def permissions_stay() -> Iterator[None]:
    """After a test that commits, Django creates all permissions again, which takes longer than most tests do."""
    all_of, unchanged = flush.sql_flush, ('DELETE FROM "django_content_type"', 'DELETE FROM "auth_permission"')

    def of_the_others(*given: Any, **options: Any) -> list[str]:
        return [sql for sql in all_of(*given, **options) if not sql.startswith(unchanged)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", of_the_others)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_: None)
        yield


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
