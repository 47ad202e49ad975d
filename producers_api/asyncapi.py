"""The sockets as an AsyncAPI 3 document: `asyncapi.json`, with the event types and boards of this server.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from broadcast.events.event_type import EventType
from broadcast.events.schemas import bounds_of, example_of, parts_of, schema_of

TEMPLATE: Final = Path(__file__).with_name("asyncapi.json")


def document(kinds: Iterable[EventType], boards: Mapping[str, Sequence[str]], max_event_bytes: int) -> dict[str, Any]:
    """Return the document of a server with these event types and boards."""
    kinds = list(kinds)
    made: dict[str, Any] = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    channels, components, receive = made["channels"], made["components"], made["operations"]["receiveEvents"]
    sent = {kind.name: {"$ref": f"#/components/messages/{kind.name}"} for kind in kinds}
    channels["produce"]["messages"] = {**sent, **channels["produce"]["messages"]}
    channels["board"]["parameters"]["board"]["enum"] = sorted(boards)
    receive["messages"] = [{"$ref": f"#/channels/produce/messages/{name}"} for name in sent] + receive["messages"]
    events = {kind.name: _event(kind, max_event_bytes) for kind in kinds}
    components["messages"] = {**events, **components["messages"]}
    components["schemas"] = {part: schema for kind in kinds for part, schema in parts_of(kind).items()}
    return made


def _event(kind: EventType, max_event_bytes: int) -> dict[str, Any]:
    schema = schema_of(kind)
    return {
        "name": kind.name,
        "title": kind.title,
        "summary": schema["description"],
        "payload": schema,
        "examples": [{"name": kind.name, "payload": example_of(kind)}],
        "x-policy": bounds_of(kind, max_event_bytes),
    }
