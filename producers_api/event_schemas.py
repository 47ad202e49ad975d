"""What each event type looks like, for documents and pages: its JSON schema, its bounds, and an event to copy. Pure."""

import copy
from collections.abc import Mapping
from typing import Any

import msgspec

from broadcast.event_type import EventType

REF = "#/components/schemas/{name}"


def schema_of(kind: EventType) -> dict[str, Any]:
    """Return the JSON schema (draft 7) of an event of this type; fields that it does not name may come too."""
    struct, _ = _schemas(kind)
    told = copy.deepcopy(struct)
    return {
        "title": kind.title,
        "description": told.get("description", ""),
        "type": "object",
        "required": ["type", *told.get("required", [])],
        "properties": {"type": {"const": kind.name}, **told.get("properties", {})},
    }


def parts_of(kind: EventType) -> dict[str, Any]:
    """Return the schemas that an event type's own refers to, by name."""
    return _schemas(kind)[1]


def example_of(kind: EventType) -> dict[str, Any]:
    """Return an event of this type that the server takes: its own example, or one made of its schema."""
    if kind.example is not None:
        return {"type": kind.name, **kind.example}
    struct, parts = _schemas(kind)
    return {"type": kind.name, **_example(struct, parts)}


def bounds_of(kind: EventType, max_event_bytes: int) -> dict[str, Any]:
    """Return an event type's policy, bounds and limit."""
    return {**kind.policy.describe(), "max_event_bytes": kind.max_event_bytes or max_event_bytes}


def _schemas(kind: EventType) -> tuple[dict[str, Any], dict[str, Any]]:
    (ref,), parts = msgspec.json.schema_components([kind.schema], ref_template=REF)
    drafted = {name: _as_draft_7(part) for name, part in parts.items()}
    own = drafted.pop(ref["$ref"].rpartition("/")[2])
    return own, drafted


def _as_draft_7(schema: Any) -> Any:
    """Return a schema with arrays of given places as draft 7 has them, which is what AsyncAPI reads."""
    if isinstance(schema, list):
        return [_as_draft_7(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _as_draft_7(part) for name, part in schema.items()}
    if "prefixItems" in told:
        told["items"], told["additionalItems"] = told.pop("prefixItems"), False
    return told


def _example(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Any:
    """Return a small value of a schema."""
    if "$ref" in schema:
        return _example(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], parts)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: _example(schema["properties"][name], parts) for name in schema.get("required", ())}
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return [_example(item, parts) for item in (items if isinstance(items, list) else [items])]
    return _plain_example(schema)


def _plain_example(schema: Mapping[str, Any]) -> Any:
    if schema.get("type") in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    return {"string": "text", "boolean": True}.get(schema.get("type", ""))
