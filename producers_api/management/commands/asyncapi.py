"""Prints the sockets of this server as an AsyncAPI 3 document, or compares a file with it.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import json
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from broadcast.conf import boards, event_types, settings
from broadcast.events.event_type import EventType
from broadcast.events.schemas import bounds_of, example_of, parts_of, schema_of
from broadcast.management.command import StickyCommand

TEMPLATE: Final = Path(__file__).parents[2] / "asyncapi.json"


class Command(StickyCommand):
    help = (
        "Prints the sockets of this server as an AsyncAPI 3 document, generated from the table of event types."
        " Example: manage.py asyncapi --output docs/asyncapi.json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, metavar="FILE", help="Write the document to this file.")
        parser.add_argument("--check", type=Path, metavar="FILE", help="Exit with 1 unless the file is up to date.")

    def handle(self, *args: Any, output: Path | None, check: Path | None, **options: Any) -> str | None:
        text = as_text()
        if check is not None:
            if not check.exists() or check.read_text(encoding="utf-8") != text:
                raise CommandError(f"{check} is not up to date; write it with: manage.py asyncapi --output {check}")
            return f"{check} is up to date"
        if output is None:
            return text.rstrip("\n")
        output.write_text(text, encoding="utf-8")
        return f"wrote {output}"


def as_text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """Return the template with the event types and boards of this server."""
    kinds, max_event_bytes = event_types().values(), settings().MAX_EVENT_BYTES
    made: dict[str, Any] = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    channels, components, receive = made["channels"], made["components"], made["operations"]["receiveEvents"]
    sent = {kind.name: {"$ref": f"#/components/messages/{kind.name}"} for kind in kinds}
    channels["produce"]["messages"] = {**sent, **channels["produce"]["messages"]}
    channels["board"]["parameters"]["board"]["enum"] = sorted(boards())
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
