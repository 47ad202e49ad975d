"""The event loop of each test here: an ordinary one, or one on virtual time."""

from tests.support.virtual_time import pytest_asyncio_loop_factories  # noqa: F401  # a hook of pytest-asyncio
