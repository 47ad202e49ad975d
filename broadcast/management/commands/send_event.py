"""Sends events from the terminal directly to the store."""

import codecs
import sys
from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import FOUND_WRONG
from broadcast.publishing.direct import send
from broadcast.runtime import store, validator


class Refused(Action):
    """An option that users try, for which they need another program."""

    def __call__(self, parser: ArgumentParser, *_: Any) -> None:
        curl = """curl -H "Authorization: Bearer TOKEN" URL/api/events -d '{"type":"TYPE"}'"""
        parser.error(
            f"there is no {self.option_strings[0]}, because events are written to the store here, without a token;"
            f" to send to another machine, use stickyboard.SyncProducer in Python, or: {curl}"
        )


class Command(StickyCommand):
    help = (
        "Sends one event, or each line of a file, without a token; it is validated and applied like a producer's."
        " Browsers receive it within one tick."
        f" Exit code {FOUND_WRONG} if an event was refused; the others are applied."
    )
    examples = (
        "manage.py send_event model_metric model=gbt macro_f1=0.91",
        """manage.py send_event --json '{"type":"total_alerts","alerts":1}'""",
        "manage.py send_event --file events.ndjson --dry-run",
        "zcat events.gz | manage.py send_event --file -",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("type", nargs="?", help="Event type, such as model_metric.")
        parser.add_argument(
            "fields", nargs="*", metavar="FIELD=VALUE", help="Its fields; a value that is not JSON is a string."
        )
        parser.add_argument("--json", help="The event as a JSON object, instead of TYPE and fields.")
        parser.add_argument("--file", help="NDJSON file, one event per line, or - for standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Check the events, and apply none.")
        for name in ("--url", "--token"):  # of other commands
            parser.add_argument(name, action=Refused, help=SUPPRESS)
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        lines = self.lines(options["type"], options["fields"], options["json"], options["file"])
        accepted, refused = send(store(), validator(), lines, is_dry=options["dry_run"])
        errors = [{"index": index, "code": error.code, "message": str(error)} for index, error in refused]  # from 0
        if options["format"] == "text":
            for index, error in refused:
                self.stderr.write(f"event {index + 1}: {error}")
        what = "valid; nothing was applied" if options["dry_run"] else "applied"
        facts = {"applied": 0 if options["dry_run"] else accepted, "valid": accepted, "errors": errors}
        self.answer(facts, f"{accepted} of {accepted + len(refused)} {what}.", options)
        if refused:
            sys.exit(FOUND_WRONG)

    def lines(self, event_type: str | None, fields: list[str], text: str | None, file: str | None) -> Iterable[bytes]:
        given = {f'TYPE ("{event_type}")': event_type, "--json": text, "--file": file}
        named = [name for name, value in given.items() if value is not None]
        if len(named) != 1:
            both = f", not {' and '.join(named)}" if named else ""
            usage = "manage.py send_event TYPE FIELD=VALUE …"
            raise CommandError(f"give one of TYPE with its fields, --json, or --file{both}; for example: {usage}")
        if text is not None:
            return [text.encode()]
        if file is not None:
            return self.read(file)
        return [msgspec.json.encode({"type": event_type, **dict(map(self.field, fields))})]

    def read(self, name: str) -> list[bytes]:
        """Return the non-empty lines of a file."""
        try:
            body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as exc:
            raise CommandError(f"{name} cannot be read: {exc.strerror}") from exc
        lines = [line.removeprefix(codecs.BOM_UTF8) for line in body.splitlines()]
        return [line for line in lines if line.strip()]

    def field(self, text: str) -> tuple[str, Any]:
        name, sign, value = text.partition("=")
        if not sign:
            raise CommandError(f'expected FIELD=VALUE, got "{text}"')
        try:
            return name, msgspec.json.decode(value)
        except msgspec.DecodeError:
            return name, value
