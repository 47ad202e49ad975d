"""Revokes producer tokens, which closes what is open with them."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import as_json
from broadcast.ops.processes import ROUND_S
from broadcast.ops.queries import printable_text
from producers_api.models import ProducerToken


class Command(StickyCommand):
    help = (
        "Revokes producer tokens for good: they open no connection, and those that are open are closed within seconds."
        " Names that do not exist revoke none."
    )
    examples = (
        "manage.py revoke_producer_token lab-gpu-2",
        "manage.py revoke_producer_token lab-gpu-2 guest --format json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+", metavar="NAME", help="Whose token, as list_producer_tokens has it.")
        add_format(parser)

    def handle(self, *args: Any, names: list[str], **options: Any) -> str:
        tokens = {token.name: token for token in ProducerToken.objects.filter(name__in=names)}
        for name in names:
            if name not in tokens:
                raise CommandError(
                    f'there is no token "{printable_text(name)}"; manage.py list_producer_tokens lists those there are'
                )
        revoked = [name for name, token in tokens.items() if not token.is_revoked]
        ProducerToken.objects.filter(name__in=revoked).update(is_revoked=True)
        if options["format"] == "json":
            return as_json({"revoked": revoked, "revoked_before": [name for name in tokens if name not in revoked]})
        if not revoked:
            return "All were revoked before."
        return f"Revoked {', '.join(map(printable_text, revoked))}; open sockets are closed within {ROUND_S:g} s."
