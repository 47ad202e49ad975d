"""JSON schemas and example events of event types, for documents and pages."""

import contextlib
import copy
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import msgspec

from broadcast.errors import EventRefused
from broadcast.events.event_type import EventType
from broadcast.events.validation import Validator

REF = "#/components/schemas/{name}"
NUMBER_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": operator.ge,
    "exclusiveMinimum": operator.gt,
    "maximum": operator.le,
    "exclusiveMaximum": operator.lt,
}
# By the format that msgspec names.
TEXTS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00",
    "duration": "PT1S",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "decimal": "1",
    "base64": "dGV4dA==",
}


def schema_of(kind: EventType) -> dict[str, Any]:
    """Return the JSON schema (draft 7) of an event of this type; other fields are allowed, too."""
    struct, _ = _schemas(kind.schema)
    schema = copy.deepcopy(struct)
    return {
        "title": kind.title,
        "description": schema.get("description", ""),
        "type": "object",
        "required": ["type", *schema.get("required", [])],
        "properties": {"type": {"const": kind.name}, **schema.get("properties", {})},
    }


def parts_of(kind: EventType) -> dict[str, Any]:
    """Return the schemas that an event type's schema refers to, by name."""
    return _schemas(kind.schema)[1]


def example_of(kind: EventType) -> dict[str, Any]:
    """Return an event of this type: its own example, or one generated from its schema.

    A generated one has the optional fields, too, because a widget may draw nothing without them.
    """
    if kind.example is not None:
        return {"type": kind.name, **kind.example}
    struct, parts = _schemas(kind.schema)
    return {"type": kind.name, **{name: _example(field, parts) for name, field in struct.get("properties", {}).items()}}


def accepted_example_of(kind: EventType, validator: Validator) -> dict[str, Any] | None:
    """Return an event of this type that the server accepts from a producer; None if there is none."""
    if not kind.from_producers:
        return None
    example = example_of(kind)
    required = {name: example[name] for name in schema_of(kind)["required"] if name in example}
    for each in (example, required):
        with contextlib.suppress(EventRefused):
            validator.check(msgspec.json.encode(each))
            return each
    return None


def bounds_of(kind: EventType, max_event_bytes: int) -> dict[str, Any]:
    return {**kind.policy.describe(), "max_event_bytes": kind.max_event_bytes or max_event_bytes}


@cache  # every page of a board needs each of its event types
def _schemas(schema: type[msgspec.Struct]) -> tuple[dict[str, Any], dict[str, Any]]:
    (ref,), parts = msgspec.json.schema_components([schema], ref_template=REF)
    drafted = {name: _as_draft_7(part) for name, part in parts.items()}
    own = drafted.pop(ref["$ref"].rpartition("/")[2])
    return own, drafted


def _as_draft_7(schema: Any) -> Any:
    """Return a schema with tuples in the form of draft 7, which AsyncAPI uses."""
    if isinstance(schema, list):
        return [_as_draft_7(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {name: _as_draft_7(part) for name, part in schema.items()}
    if "prefixItems" in converted:
        converted["items"], converted["additionalItems"] = converted.pop("prefixItems"), False
    return converted


def _example(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], parts)
    for values in ("examples", "enum"):
        if values in schema:
            return schema[values][0]
    if schema.get("type") == "object":
        return _object_example(schema, parts)
    if schema.get("type") == "array":
        return _array_example(schema, parts)
    return _plain_example(schema)


def _object_example(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: _example(schema["properties"][name], parts) for name in schema.get("required", ())}
    values = schema.get("additionalProperties")
    count = schema.get("minProperties") or int(schema.get("maxProperties") != 0)
    names = [f"name_{number}" for number in range(1, count + 1)]
    return named or {name: _example(values if isinstance(values, dict) else {}, parts) for name in names}


def _array_example(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> list[Any]:
    items = schema.get("items", {})
    if isinstance(items, list):
        return [_example(item, parts) for item in items]
    if items is False:
        return []
    count = schema.get("minItems") or int(schema.get("maxItems") != 0)
    return [_example(items, parts)] * count


def _plain_example(schema: Mapping[str, Any]) -> Any:
    if schema.get("type") in ("integer", "number"):
        return _number_example(schema)
    if schema.get("type") == "string":
        text = "text".ljust(schema.get("minLength", 0), "-")[: schema.get("maxLength")]
        return TEXTS.get(schema.get("format", schema.get("contentEncoding", ""))) or text
    return {"boolean": True, "null": None}.get(schema.get("type", ""), "text")


def _number_example(schema: Mapping[str, Any]) -> float:
    """Return the least number that is allowed, or one between the bounds."""
    step = schema.get("multipleOf", 1)
    low, above, high, below = (schema.get(name) for name in NUMBER_BOUNDS)
    candidates = [
        None if low is None else -(-low // step) * step,
        None if above is None else (above // step + 1) * step,
        None if high is None else high // step * step,
        None if below is None else (-(-below // step) - 1) * step,
        None if above is None or (high or below) is None else (above + (high or below)) / 2,
        step,
    ]
    fitting = (number for number in candidates if number is not None and _is_within(number, schema))
    return cast(float, next(fitting, step))


def _is_within(number: float, schema: Mapping[str, Any]) -> bool:
    return all(compare(number, schema[name]) for name, compare in NUMBER_BOUNDS.items() if name in schema)
