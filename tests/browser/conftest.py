"""What tests of the page share: one Chromium and one server per process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.built_server import BuiltServer
from tests.support.chromium import shared_chromium
from tests.support.server import Server


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def one_chromium() -> AsyncIterator[None]:
    async with shared_chromium():
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltServer]:
    with BuiltServer(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def server(shared: BuiltServer) -> BuiltServer:
    """The server of all tests, with an empty board."""
    shared.clear()
    return shared


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for a test that stops it or breaks it."""
    with BuiltServer(tmp_path) as running:
        yield running
