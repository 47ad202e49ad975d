"""Writes a consistent copy of the store to a file."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format, add_types
from broadcast.management.output import as_json, with_bar
from broadcast.ops.display_text import count_text
from broadcast.ops.dump import dump_lines, facts_of
from broadcast.ops.queries import pick_names
from broadcast.runtime import store
from broadcast.stores.private_files import open_private


class Command(StickyCommand):
    help = (
        "Writes a consistent copy of the store, entries and producers' latest seqs, as NDJSON."
        " The server may be running."
    )
    examples = (
        "manage.py dump_sticky board.ndjson",
        "manage.py dump_sticky board.ndjson --types model_metric,embedding --replace",
        "manage.py dump_sticky - | gzip > board.gz",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="File to write, or - for standard output.")
        add_types(parser, "to copy")
        parser.add_argument("--replace", action="store_true", help="Replace an existing file.")
        add_format(parser, "Output format; on standard error if FILE is -.")

    def handle(self, *args: Any, **options: Any) -> None:
        copies = store().export(pick_names(store(), options["types"]) if options["types"] else None)
        total = sum(len(copy.entries) + len(copy.seqs) for copy in copies) + 2
        lines = with_bar(dump_lines(copies, store().clock()), total)
        self.write(lines, options["file"], replaces=options["replace"])
        entries = count_text(sum(len(copy.entries) for copy in copies), "entry", "entries")
        keyspaces = count_text(len(copies), "keyspace", "keyspaces")
        summary = f"Copied {entries} of {keyspaces} to {options['file']}."
        facts = {"file": options["file"], "keyspaces": facts_of(copies)}
        answer = self.stderr if options["file"] == "-" else self.stdout
        answer.write(as_json(facts) if options["format"] == "json" else summary, lambda text: text)

    def write(self, lines: Iterable[bytes], name: str, *, replaces: bool) -> None:
        """Write the lines; afterwards the file is complete or does not exist."""
        if name == "-":
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()
            return
        path = Path(name)
        if path.exists() and not replaces:
            raise CommandError(f"{name} exists already; choose another name, or add --replace")
        part = path.with_name(f"{path.name}.part")
        try:
            with open_private(part) as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as exc:
            part.unlink(missing_ok=True)
            raise CommandError(f"{name} cannot be written: {exc.strerror}") from exc
