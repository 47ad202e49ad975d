"""Makes a token for a producer and prints it, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadcast.conf import event_types
from broadcast.errors import UnknownEventType
from producers_api.models import ProducerToken


class Command(BaseCommand):
    help = "Makes a producer token and prints it; it cannot be shown again. Only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Who will send with it, such as lab-gpu-2.")
        parser.add_argument("--types", default="", help="Event types it may send, comma-separated; default: all.")
        parser.add_argument("--replace", action="store_true", help="Revoke an earlier token of this name.")
        parser.add_argument("--quiet", action="store_true", help="Print the token alone, for scripts.")

    def handle(self, *args: Any, name: str, types: str, replace: bool, quiet: bool, **options: Any) -> str:
        wanted = [part.strip() for part in types.split(",") if part.strip()]
        for event_type in wanted:
            if event_type not in event_types():
                raise CommandError(str(UnknownEventType(event_type, event_types())))
        if replace:
            ProducerToken.objects.filter(name=name).delete()
        elif ProducerToken.objects.filter(name=name).exists():
            raise CommandError(f'there is a token "{name}" already; choose another name, or add --replace')
        _, token = ProducerToken.make(name, wanted)
        if quiet:
            return token
        scope = ", ".join(wanted) or "every event type"
        return f"Token for {name} ({scope}); keep it, it is not shown again:\n{token}"
