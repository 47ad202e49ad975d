"""Events against a validator with small limits."""

import json

import msgspec
import pytest

from broadcast.errors import EventRefused
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, latest
from broadcast.events.validation import Validator
from broadcast.types import Write
from tests.support.table import TABLE


class Typed(msgspec.Struct):
    score: float
    model: str
    points: list[tuple[float, float]] = []
    share: float | None = None
    by_name: dict[str, float] = {}

    def __post_init__(self) -> None:
        if self.score < 0:
            raise ValueError("a score below 0")


SMALL = EventType("small", msgspec.defstruct("Any", []), latest(), title="Small", max_event_bytes=30)
KINDS = {**TABLE, "typed": EventType("typed", Typed, last_value("model"), title="Typed"), "small": SMALL}
VALIDATOR = Validator(KINDS, 2000, 20)
TYPED = {"type": "typed", "score": 0.5, "model": "gbt"}


def check(event) -> Write:
    return VALIDATOR.check(event if isinstance(event, bytes) else json.dumps(event).encode())[1]


def refusal(event) -> EventRefused:
    with pytest.raises(EventRefused) as refused:
        check(event)
    return refused.value
