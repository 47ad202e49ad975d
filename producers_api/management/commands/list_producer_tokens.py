"""Lists producer tokens. The tokens themselves are not stored."""

from typing import Any

from django.core.management.base import CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import aligned, as_json
from broadcast.ops.display_text import printable_text
from producers_api.models import ProducerToken

COLUMNS = ("name", "begins with", "may send", "made", "ends", "state")


class Command(StickyCommand):
    help = (
        "Lists producer tokens: names, how they begin, what they may send, when they end, and whether they are valid."
    )
    examples = ("manage.py list_producer_tokens", "manage.py list_producer_tokens --format json")

    def add_arguments(self, parser: CommandParser) -> None:
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        tokens = list(ProducerToken.objects.all())
        if options["format"] == "json":
            return as_json({"tokens": [self.facts(token) for token in tokens]})
        if not tokens:
            return "There are no tokens; make one: manage.py create_producer_token NAME"
        return aligned([COLUMNS, *map(self.cells, tokens)])

    def facts(self, token: ProducerToken) -> dict[str, Any]:
        """Return the fields of a token; an empty `event_types` permits every event type."""
        return {
            "name": token.name,
            "hint": token.hint,
            "event_types": token.event_types,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "state": token.state,
        }

    def cells(self, token: ProducerToken) -> tuple[str, ...]:
        scope = ", ".join(map(printable_text, token.event_types)) or "every event type"
        made, ends = (f"{at:%Y-%m-%d %H:%M}" if at else "never" for at in (token.created_at, token.expires_at))
        return (printable_text(token.name), f"{printable_text(token.hint)}…", scope, made, ends, token.state)
