"""Creates a producer token and prints it once."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.conf import event_types
from broadcast.errors import NotAllowed, UnknownEventType
from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format, add_types, read_expiry
from broadcast.management.output import as_json
from broadcast.ops.display_text import printable_text
from producers_api.models import ProducerToken


class Command(StickyCommand):
    help = "Creates a producer token and prints it once. Only its hash is stored."
    examples = (
        "manage.py create_producer_token lab-gpu-2",
        "manage.py create_producer_token lab-gpu-2 --types model_metric,model_perf --expires 30d",
        "STICKYBOARD_TOKEN=$(manage.py create_producer_token lab-gpu-2 --replace --quiet)",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Name of the token, such as lab-gpu-2.")
        add_types(parser, "it may send")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="Delete the existing token of this name first; keep its event types unless --types is given.",
        )
        parser.add_argument(
            "--expires", help="Expiry: a duration such as 12h or 30d, or a time such as 2030-01-31T12:00Z."
        )
        add_format(parser)
        parser.add_argument("--quiet", action="store_true", help="Print only the token, for scripts.")

    def handle(self, *args: Any, name: str, types: list[str], replace: bool, quiet: bool, **options: Any) -> str:
        self.check_scope(types)
        expires_at = read_expiry(options["expires"]) if options["expires"] else None
        earlier = ProducerToken.objects.filter(name=name).first()
        if earlier and replace:
            types = types or earlier.event_types
            earlier.delete()
        elif earlier:
            raise CommandError(
                f'there is a token "{printable_text(name)}" already; choose another name, or add --replace'
            )
        row, token = ProducerToken.make(name, types, expires_at)
        if options["format"] == "json":
            ends = expires_at.isoformat() if expires_at else None
            return as_json({"name": name, "token": token, "event_types": row.event_types, "expires_at": ends})
        if quiet:
            return token
        scope = ", ".join(map(printable_text, types)) or "every event type"
        until = f", until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else ""
        return f"Token for {printable_text(name)} ({scope}{until}); keep it, it is not shown again:\n{token}"

    def check_scope(self, types: list[str]) -> None:
        for event_type in types:
            if event_type not in event_types():
                raise CommandError(str(UnknownEventType(event_type, event_types())))
            if not event_types()[event_type].from_producers:
                raise CommandError(str(NotAllowed(event_type, "")))
