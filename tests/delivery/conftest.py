"""The event loop of each test here: an ordinary one, or one on virtual time."""

import asyncio

import pytest

from tests.support.virtual_time import VirtualLoop


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict:
    is_virtual = item.get_closest_marker("virtual_time") is not None
    return {"virtual": VirtualLoop} if is_virtual else {"real": asyncio.new_event_loop}
