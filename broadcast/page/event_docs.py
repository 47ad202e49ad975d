"""The documentation of this server's event types, for people who write producers."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from broadcast.conf import boards, event_types
from broadcast.events.event_type import EventType
from broadcast.events.exact_numbers import MAX_WHOLE
from broadcast.events.schemas import accepted_example_of, bounds_of, schema_of
from broadcast.events.validation import Validator
from broadcast.ops.command_names import as_typed
from broadcast.page.views import board_titles
from broadcast.permissions import viewer_of
from broadcast.runtime import runtime

TYPE_NAMES = {"string": "text", "integer": "whole number", "boolean": "true or false"}


@require_safe
async def events_page(request: HttpRequest) -> HttpResponse:
    """Describe the event types of the boards that the user may view."""
    viewer = await viewer_of(request)
    if viewer.is_anonymous and not viewer.boards:
        return redirect_to_login(request.get_full_path())
    validator, visible = runtime().validator, viewer.event_types
    kinds = [docs_of(kind, validator, viewer.boards) for kind in event_types().values() if kind.name in visible]
    context = {
        "title": "Event types",
        "boards": board_titles(viewer),
        "kinds": kinds,
        "token_command": as_typed("manage.py create_producer_token NAME"),
    }
    return render(request, "stickyboard/events.html", context)


def docs_of(kind: EventType, validator: Validator, visible: Sequence[str]) -> dict[str, Any]:
    """Describe an event type to a user who may view these boards, for the template."""
    schema = schema_of(kind)
    bounds = bounds_of(kind, validator.limit_of(kind))
    example = accepted_example_of(kind, validator)
    return {
        "name": kind.name,
        "title": kind.title,
        "summary": [(text, index % 2) for index, text in enumerate(schema["description"].split("`"))],  # 1 for code
        "boards": [board for board in visible if kind.name in boards()[board]],
        "bounds": {name.replace("_", " "): ", ".join(v) if isinstance(v, list) else v for name, v in bounds.items()},
        "fields": [
            {"name": name, "type": type_text(field), "is_required": name in schema["required"]}
            for name, field in schema["properties"].items()
        ],
        "example": "" if example is None else json.dumps(example, ensure_ascii=False),
        "from_producers": kind.from_producers,
        "schema": json.dumps(schema, indent=2, ensure_ascii=False),
    }


def type_text(schema: dict[str, Any]) -> str:
    """Describe a field's type: `number from 0 to 1`, `list of text`."""
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "anyOf" in schema:
        return " or ".join(type_text(option) for option in schema["anyOf"] if option.get("type") != "null")
    kind: str = schema.get("type", "object")
    if kind == "array":
        items = schema.get("items", {})
        if isinstance(items, list):
            return f"list of {len(items)}: {', '.join(map(type_text, items))}"
        return f"list of {type_text(items)}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"object of {type_text(inner)}" if isinstance(inner, dict) else "object"
    return TYPE_NAMES.get(kind, kind) + range_text(schema)


def range_text(schema: dict[str, Any]) -> str:
    """Describe a field's range: ` from 0 to 1`, ` of 1 to 120 characters`."""
    low, high = schema.get("minimum"), schema.get("maximum")
    has_maximum = high is not None and high < MAX_WHOLE  # a limit of the number format is of no interest
    text = (f" from {low}" if low is not None else "") + (f" to {high}" if has_maximum else "")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    return text + (f" of {shortest} to {longest} characters" if longest is not None else "")
