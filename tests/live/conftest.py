"""Live models that exist during one test."""

import json

import pytest

from broadcast.live import LiveModel
from broadcast.live.registry import live_models, unregister
from tests.support.orders.models import Order


class Shown:
    """The entries of a live model in a store."""

    def __init__(self, sticky, name: str) -> None:
        self.sticky, self.name = sticky, name

    def __call__(self, *fields: str):
        """Return each entry's fields by key; one field alone without a tuple."""
        entries = self.sticky.since({self.name: None})[self.name].entries
        values = {entry.key: json.loads(entry.value) for entry in entries}
        picked = {key: tuple(value[field] for field in fields) for key, value in values.items()}
        return {key: each[0] if len(each) == 1 else each for key, each in picked.items()}


@pytest.fixture
def declare(sticky, settings):
    """A function that declares a live model, and returns it with what the store shows of it."""
    settings.BROADCAST = {"EVENT_TYPES": "", "BOARDS": {}}

    def declare(**members):
        members = {"model": Order, "fields": ["shop", "amount"], **members}
        board = type("OrderBoard", (LiveModel,), members)
        return board, Shown(sticky, next(live for live in live_models() if type(live) is board).event_name)

    yield declare
    for live in live_models():
        unregister(live)
