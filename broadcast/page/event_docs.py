"""The page for who sends: each event type with what is kept of it, its fields, and an event to copy."""

import json
from typing import Any, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from broadcast.conf import boards, event_types
from broadcast.events.event_type import EventType
from broadcast.events.exact import MAX_WHOLE
from broadcast.events.schemas import accepted_example_of, bounds_of, schema_of
from broadcast.events.validation import Validator
from broadcast.permissions import may_watch, needs_login
from broadcast.runtime import runtime


class Shown(NamedTuple):
    """One event type as the page shows it."""

    name: str
    title: str
    summary: list[tuple[str, bool]]  # text, and whether it is code
    boards: list[str]
    kept: dict[str, Any]
    fields: list["Field"]
    example: str  # empty where none is known that the server accepts
    schema: str


class Field(NamedTuple):
    """One field of an event type."""

    name: str
    kind: str
    is_required: bool


@require_safe
async def events_page(request: HttpRequest) -> HttpResponse:
    """Show every event type of this server, to whoever may watch its boards."""
    if not may_watch(await request.auser() if needs_login() else None):
        return redirect_to_login(request.get_full_path())
    validator = runtime().validator
    kinds = [shown(kind, validator) for kind in event_types().values()]
    return render(request, "stickyboard/events.html", {"title": "Event types", "kinds": kinds})


def shown(kind: EventType, validator: Validator) -> Shown:
    """Return what the page says of an event type."""
    schema = schema_of(kind)
    required = set(schema["required"])
    fields = [Field(name, words_of(told), name in required) for name, told in schema["properties"].items()]
    bounds = bounds_of(kind, validator.limit_of(kind))
    example = accepted_example_of(kind, validator)
    return Shown(
        kind.name,
        kind.title,
        [(text, bool(place % 2)) for place, text in enumerate(schema["description"].split("`"))],
        [board for board, names in boards().items() if kind.name in names],
        {what.replace("_", " "): ", ".join(v) if isinstance(v, list) else v for what, v in bounds.items()},
        fields,
        "" if example is None else json.dumps(example, ensure_ascii=False),
        json.dumps(schema, indent=2, ensure_ascii=False),
    )


def words_of(schema: dict[str, Any]) -> str:
    """Return a field's kind for people: `number from 0 to 1`, `list of text`."""
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "anyOf" in schema:
        return " or ".join(words_of(option) for option in schema["anyOf"] if option.get("type") != "null")
    kind: str = schema.get("type", "object")
    if kind == "array":
        items = schema.get("items", {})
        if isinstance(items, list):
            return f"list of {len(items)}: {', '.join(map(words_of, items))}"
        return f"list of {words_of(items)}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"object of {words_of(inner)}" if isinstance(inner, dict) else "object"
    return WORDS.get(kind, kind) + range_of(schema)


WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}


def range_of(schema: dict[str, Any]) -> str:
    """Return a field's bounds for people: ` from 0 to 1`, ` of 1 to 120 characters`."""
    low, high = schema.get("minimum"), schema.get("maximum")
    is_bound = high is not None and high < MAX_WHOLE  # what only says that readers must hold it tells nobody much
    said = (f" from {low}" if low is not None else "") + (f" to {high}" if is_bound else "")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    return said + (f" of {shortest} to {longest} characters" if longest is not None else "")
