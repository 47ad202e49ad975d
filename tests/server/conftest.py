"""A connection that has been upgraded to a WebSocket."""

import pytest

from tests.support.accepting import Application
from tests.support.server_protocols import Connection


@pytest.fixture
async def opened():
    application = Application()
    connection = Connection(application)
    await connection.upgrade()
    connection.application = application
    yield connection
    connection.transport.abort()
    await connection.settle()
