"""Revokes producer tokens, and closes their sockets."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import as_json
from broadcast.ops.display_text import printable_text
from broadcast.ops.processes import ROUND_S
from producers_api.models import ProducerToken


class Command(StickyCommand):
    help = (
        "Revokes producer tokens permanently: they are no longer accepted, and their open sockets are closed"
        " within seconds. If a name does not exist, no token is revoked."
    )
    examples = (
        "manage.py revoke_producer_token lab-gpu-2",
        "manage.py revoke_producer_token lab-gpu-2 guest --format json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+", metavar="NAME", help="Name of a token, see list_producer_tokens.")
        add_format(parser)

    def handle(self, *args: Any, names: list[str], **options: Any) -> str:
        tokens = {token.name: token for token in ProducerToken.objects.filter(name__in=names)}
        for name in names:
            if name not in tokens:
                raise CommandError(
                    f'there is no token "{printable_text(name)}"; manage.py list_producer_tokens lists all tokens'
                )
        revoked = [name for name, token in tokens.items() if not token.is_revoked]
        ProducerToken.objects.filter(name__in=revoked).update(is_revoked=True)
        if options["format"] == "json":
            return as_json({"revoked": revoked, "revoked_before": [name for name in tokens if name not in revoked]})
        if not revoked:
            return "All of them were already revoked."
        return f"Revoked {', '.join(map(printable_text, revoked))}; open sockets are closed within {ROUND_S:g} s."
