from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import Policy, last_value, latest
from broadcast.page.widgets import Share


class Mix(Struct):
    shares: dict[str, float]


class Part(Struct):
    name: str
    amount: float


def problems_of(share: Share, schema: type[Struct], policy: Policy) -> list[str]:
    return list(share.problems(EventType("mix", schema, policy)))


def test_accepts_a_map_and_named_numbers():
    assert problems_of(Share(value="shares"), Mix, latest()) == []
    assert problems_of(Share(value="amount", label="name"), Part, latest()) == []
    assert problems_of(Share(value="amount"), Part, last_value("name")) == []


def test_needs_names_of_numbers_without_a_key():
    (problem,) = problems_of(Share(value="amount"), Part, latest())
    assert "label" in problem


def test_refuses_names_beside_the_keys_of_a_map():
    problems = problems_of(Share(value="shares", label="shares"), Mix, latest())
    assert any("keys" in problem for problem in problems)
