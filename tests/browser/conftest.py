"""What tests of the page share: one Chromium per process, and a server per file."""

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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with BuiltServer(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for tests that look only at what they send themselves, whatever another one sent before."""
    with BuiltServer(tmp_path_factory.mktemp("shared")) as running:
        yield running
