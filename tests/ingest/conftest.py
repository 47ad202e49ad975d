"""A server that accepts every token."""

import pytest

from producers_api import consumers
from producers_api.tokens import Sender
from tests.support.ingesting import ANYTHING


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept every token, without a database."""

    async def anybody(_: str) -> Sender:
        return ANYTHING

    async def nothing() -> None:
        pass

    monkeypatch.setattr(consumers, "authenticate", anybody)
    # Earlier tests may have left connections to a database in the thread that this would run in.
    monkeypatch.setattr(consumers, "aclose_old_connections", nothing)
