"""What tests of the page share: one Chromium and one server per process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.admin_pages import METRICS_TOKEN, OPERATOR, PASSWORD
from tests.support.built_server import BuiltServer
from tests.support.chromium import shared_chromium
from tests.support.firefox import launched_firefox
from tests.support.server import Server


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def one_chromium() -> AsyncIterator[None]:
    async with shared_chromium():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def firefox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with launched_firefox(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltServer]:
    with BuiltServer(tmp_path_factory.mktemp("shared"), STICKYBOARD_METRICS_TOKEN=METRICS_TOKEN) as running:
        yield running


@pytest.fixture(scope="session")
def operated(shared: BuiltServer) -> BuiltServer:
    """The server of all tests, with an operator."""
    shared.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    shared.manage("createsuperuser", "--noinput", "--username", OPERATOR, "--email", "")
    return shared


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
