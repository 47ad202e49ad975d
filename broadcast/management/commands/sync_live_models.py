"""Compares the boards with the rows of live models, and repairs them."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.errors import did_you_mean
from broadcast.live.compare import Differences, differences, repair
from broadcast.live.declaration import Declaration
from broadcast.live.registry import live_models
from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import as_json
from broadcast.ops.display_text import count_text, printable_name

MAX_NAMED = 5  # keys of each kind of difference


class Command(StickyCommand):
    help = (
        "Compares each live model's rows with what the boards display, writes what differs, and reports it."
        " Changes by bulk operations, by other programs and by a process that was killed are found by this."
    )
    examples = ("manage.py sync_live_models", "manage.py sync_live_models order --check")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="Event types of live models; default: all.")
        parser.add_argument("--check", action="store_true", help="Change nothing; exit with 1 if anything differs.")
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        compare = differences if options["check"] else repair
        found = {live.event_name: compare(live) for live in self.choose(options["names"])}
        total = sum(map(len, found.values()))
        if options["format"] == "json":
            facts = {
                name: {"rows": each.rows, **{kind: list(rows) for kind, rows in each}} for name, each in found.items()
            }
            self.stdout.write(as_json(facts))
        else:
            self.report(found)
        if options["check"] and total:
            raise CommandError(f"{count_text(total, 'row', 'rows')} differ; repair them: manage.py sync_live_models")

    def choose(self, names: list[str]) -> list[Declaration]:
        known = {live.event_name: live for live in live_models()}
        for name in names:
            if name not in known:
                raise CommandError(f'no live model "{name}"{did_you_mean(name, known)}')
        return [live for name, live in known.items() if not names or name in names]

    def report(self, found: Mapping[str, Differences]) -> None:
        if not found:
            self.stdout.write("There is no live model; declare one in the module live of an app.")
        for name, each in found.items():
            differ = f"{len(each)} differ" if len(each) else "no difference"
            self.stdout.write(f"{name}: {count_text(each.rows, 'row', 'rows')}, {differ}")
            for kind, rows in each:
                if rows:
                    named = ", ".join(map(printable_name, list(rows)[:MAX_NAMED]))
                    more = f" and {len(rows) - MAX_NAMED} more" if len(rows) > MAX_NAMED else ""
                    self.stdout.write(f"  {kind}: {named}{more}")
