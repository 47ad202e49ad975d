"""What documents and pages say of an event type is what the server takes."""

import datetime
import decimal
import uuid
from typing import Annotated, Any, Literal

import msgspec
import pytest

from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, latest
from broadcast.events.schemas import accepted_example_of, bounds_of, example_of, parts_of, schema_of
from broadcast.events.validation import Validator
from dashboard_project.event_types import EVENT_TYPES
from tests.support.table import EVENT_TYPES as TEST_EVENT_TYPES


class Inner(msgspec.Struct):
    colour: Literal["red", "blue"]


class Odd(msgspec.Struct):
    name: str
    pair: tuple[int, Annotated[float, msgspec.Meta(ge=2)]]
    inner: Inner
    many: list[Inner]
    maybe: int | None
    is_on: bool
    above: Annotated[float, msgspec.Meta(gt=4)]
    left_out: str = ""


class Tagged(msgspec.Struct, tag_field="kind", tag="tagged"):
    x: int


class Bounded(msgspec.Struct):
    long_text: Annotated[str, msgspec.Meta(min_length=9)]
    short_text: Annotated[str, msgspec.Meta(max_length=2)]
    day: datetime.date
    lasting: datetime.timedelta
    run: uuid.UUID
    price: decimal.Decimal
    raw: bytes
    three: Annotated[list[int], msgspec.Meta(min_length=3)]
    none: tuple[()]
    two_names: Annotated[dict[str, int], msgspec.Meta(min_length=2)]
    between: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    at_most: Annotated[float, msgspec.Meta(le=-2)]
    below_zero: Annotated[float, msgspec.Meta(lt=0)]
    by_five: Annotated[int, msgspec.Meta(ge=3, multiple_of=5)]
    nothing: None
    anything: Any
    tagged: Tagged | None


class Patterned(msgspec.Struct):
    version: Annotated[str, msgspec.Meta(pattern=r"^v\d+$")]


class Reading(msgspec.Struct):
    room: str
    celsius: float | None = None
    parts: dict[str, float] = {}
    version: Annotated[str, msgspec.Meta(pattern=r"^v\d+$")] = "v1"


class Plain(msgspec.Struct):
    room: str
    celsius: float | None = None
    parts: dict[str, float] = {}


BOUNDED = EventType("bounded", Bounded, latest(), title="Bounded")
PATTERNED = EventType("patterned", Patterned, latest(), title="Patterned")
ODD = EventType("odd", Odd, last_value("name"), title="Odd")
ALL = [*EVENT_TYPES, *TEST_EVENT_TYPES, ODD, BOUNDED]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_the_example_is_taken_by_the_server(kind):
    taken, _ = validator_of(kind).check(msgspec.json.encode(example_of(kind)))
    assert taken is kind
    assert accepted_example_of(kind, validator_of(kind)) == example_of(kind)


def validator_of(kind: EventType, max_event_bytes: int = 10_000) -> Validator:
    return Validator({kind.name: kind}, max_event_bytes, 200)


def test_a_generated_example_has_what_a_widget_draws():
    kind = EventType("plain", Plain, last_value("room"))
    assert example_of(kind) == {"type": "plain", "room": "text", "celsius": 1, "parts": {"name_1": 1}}


def test_leaves_out_optional_fields_that_would_be_refused():
    kind = EventType("reading", Reading, last_value("room"))
    assert accepted_example_of(kind, validator_of(kind)) == {"type": "reading", "room": "text"}


def test_no_example_is_shown_that_the_server_would_refuse():
    assert accepted_example_of(PATTERNED, validator_of(PATTERNED)) is None
    assert accepted_example_of(BOUNDED, validator_of(BOUNDED, max_event_bytes=20)) is None
    incomplete = EventType("plain", Plain, latest(), example={"celsius": 20})
    assert accepted_example_of(incomplete, validator_of(incomplete)) is None


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_every_event_type_of_this_deployment_has_an_example(kind):
    assert kind.example is not None
    assert list(kind.problems()) == []


def test_the_schema_begins_with_the_type_and_needs_it():
    schema = schema_of(ODD)
    assert next(iter(schema["properties"].items())) == ("type", {"const": "odd"})
    assert schema["required"][:2] == ["type", "name"]
    assert "left_out" not in schema["required"]


def test_arrays_of_given_places_are_written_as_draft_7_has_them():
    pair = schema_of(ODD)["properties"]["pair"]
    assert pair["items"] == [{"type": "integer"}, {"type": "number", "minimum": 2}]
    assert pair["additionalItems"] is False
    assert "prefixItems" not in pair


def test_parts_have_the_names_that_the_schema_uses():
    assert schema_of(ODD)["properties"]["inner"] == {"$ref": "#/components/schemas/Inner"}
    assert set(parts_of(ODD)) == {"Inner"}


def test_bounds_name_the_limit_in_force():
    assert bounds_of(ODD, 77) == {"policy": "last_value", "key": ["name"], "max_keys": 1000, "max_event_bytes": 77}
    assert bounds_of(EventType("o", Odd, latest(), title="O", max_event_bytes=9), 77)["max_event_bytes"] == 9


def test_an_example_that_would_be_refused_is_a_problem():
    kind = EventType("odd", Inner, latest(), title="Odd", example={"colour": "green"})
    assert list(kind.problems()) == ["odd: its example is invalid: Invalid enum value 'green' - at `$.colour`"]
