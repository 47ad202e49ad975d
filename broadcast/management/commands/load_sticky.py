"""Loads a copy that dump_sticky made into the store, after validating all of it."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.conf import event_types, settings
from broadcast.management.command import ConfirmedCommand
from broadcast.management.options import add_format, add_noinput
from broadcast.management.output import with_bar
from broadcast.ops.display_text import count_text, printable_name
from broadcast.ops.dump import DumpRefused, facts_of, read_dump
from broadcast.runtime import store
from broadcast.types import KeyspaceCopy


class Command(ConfirmedCommand):
    help = (
        "Replaces keyspaces with a copy that manage.py dump_sticky made; other keyspaces are not changed."
        " The whole file is read first: if it is damaged or not a dump, it is refused with the line number."
    )
    examples = (
        "manage.py load_sticky board.ndjson --dry-run",
        "manage.py load_sticky board.ndjson",
        "zcat board.gz | manage.py load_sticky - --noinput",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="A dump, or - for standard input.")
        parser.add_argument("--dry-run", action="store_true", help="Check the file, and change nothing.")
        add_noinput(parser)
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        copies = self.read(options["file"])
        sizes = store().sizes()
        replaced = sum(sizes.get(copy.keyspace, 0) for copy in copies)
        summary = self.describe(copies, replaced)
        if not options["dry_run"]:
            if options["interactive"] and replaced:
                self.confirm(summary)
            store().restore(copies)
        facts = {"loaded": not options["dry_run"], "replaced_entries": replaced, "keyspaces": facts_of(copies)}
        valid = f"The file is valid. {summary}. Nothing was changed."
        done = f"Done: {summary[0].lower()}{summary[1:]}. Browsers follow within {settings().HEADS_S:g} s."
        self.answer(facts, valid if options["dry_run"] else done, options)

    def read(self, name: str) -> list[KeyspaceCopy]:
        try:
            lines = sys.stdin.buffer.readlines() if name == "-" else Path(name).read_bytes().splitlines(keepends=True)
            return read_dump(with_bar(lines, len(lines)))
        except OSError as exc:
            raise CommandError(f"{name} cannot be read: {exc.strerror}") from exc
        except DumpRefused as exc:
            raise CommandError(f"{name}, {exc}; nothing was loaded") from exc

    def describe(self, copies: list[KeyspaceCopy], replaced: int) -> str:
        entries = count_text(sum(len(copy.entries) for copy in copies), "entry", "entries")
        names = ", ".join(f"{printable_name(copy.keyspace)} {len(copy.entries):,}" for copy in copies) or "no keyspace"
        unknown = [copy.keyspace for copy in copies if copy.keyspace not in event_types()]
        but = f"; not in the table of event types: {', '.join(unknown)}" if unknown else ""
        return f"Loads {entries} ({names}{but}), replacing {replaced:,}"
