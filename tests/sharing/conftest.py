"""Every test has two boards that need an account."""

import pytest

from tests.support.shared_boards import BOARDS


@pytest.fixture(autouse=True)
def boards(settings, sticky):
    settings.BROADCAST = {
        "EVENT_TYPES": "tests.support.shared_boards.EVENT_TYPES",
        "BOARDS": BOARDS,
        "REQUIRE_LOGIN": True,
    }
