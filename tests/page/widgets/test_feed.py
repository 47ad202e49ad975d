from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import ring
from broadcast.page.widgets import Feed


class Place(Struct):
    city: str


class Sale(Struct):
    user: str
    price: float
    place: Place


def problems_of(text: str, **options: str) -> list[str]:
    return list(Feed(text=text, **options).problems(EventType("sale", Sale, ring(50))))


def test_accepts_fields_formats_and_braces():
    assert problems_of("{user} paid {price:.2f} in {place.city} {{today}}", level="user") == []


def test_names_a_field_that_does_not_exist():
    (problem,) = problems_of("{usr} bought {user}")
    assert "'usr'" in problem
    assert '"user"' in problem


def test_refuses_a_brace_without_its_partner():
    (problem,) = problems_of("{user bought")
    assert "Feed(text=" in problem
    assert "{user}" in problem


def test_refuses_an_unknown_format():
    (problem,) = problems_of("{price:pounds}")
    assert "'pounds'" in problem
