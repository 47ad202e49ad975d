"""Prints the AsyncAPI document of this server's event types, or compares a file with it."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.conf import boards, event_types, settings
from broadcast.management.command import StickyCommand
from producers_api.asyncapi import document


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
    made = document(event_types().values(), boards(), settings().MAX_EVENT_BYTES)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
