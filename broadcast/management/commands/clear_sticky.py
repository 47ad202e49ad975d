"""Removes one entry, or begins keyspaces anew; asks first."""

import difflib
import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadcast.conf import settings
from broadcast.errors import StoreError, UnknownEventType
from broadcast.inspection import KeyspaceSummary, count_text, entries_of, pick_names, shown_name, summaries
from broadcast.runtime import store

EXAMPLES: Final = (
    "manage.py clear_sticky model_metric, "
    "manage.py clear_sticky model_metric --key gbt, "
    "manage.py clear_sticky --all --dry-run"
)


class Command(BaseCommand):
    help = (
        "Clears what is kept of event types, so that every browser starts over with nothing, or removes one entry."
        f" Says what goes and asks first. Examples: {EXAMPLES}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("types", nargs="*", metavar="TYPE", help="Event types to clear, such as model_metric.")
        parser.add_argument("--key", help="Remove only the entry with this key, such as gbt; needs exactly one TYPE.")
        parser.add_argument("--all", action="store_true", dest="everything", help="Clear everything that is kept.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would go, and touch nothing.")
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive", help="Do not ask; for scripts."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = self.choose(options["types"], options["key"], everything=options["everything"])
            if options["key"] is not None:
                self.check_entry(chosen[0].name, options["key"])
        except (UnknownEventType, StoreError) as exc:
            raise CommandError(str(exc)) from exc
        if not chosen:
            self.stdout.write("Nothing is kept; there is nothing to clear.")
            return
        goes = self.describe(chosen, options["key"])
        if options["dry_run"]:
            self.stdout.write(f"Would remove {goes}. Nothing was touched.")
            return
        if options["interactive"]:
            self.confirm(goes)
        self.remove(chosen, options["key"])
        self.stdout.write(f"Removed {goes}. Open browsers follow within {settings().HEADS_S:g} s.")

    def choose(self, types: list[str], key: str | None, *, everything: bool) -> list[KeyspaceSummary]:
        """Return the keyspaces that are meant and were ever written."""
        if everything and (types or key is not None):
            raise CommandError("--all stands alone; leave it out to clear some, or leave out TYPE and --key")
        if key is not None and len(set(types)) != 1:
            raise CommandError("--key needs exactly one TYPE, as in: manage.py clear_sticky model_metric --key gbt")
        if not types and not everything:
            raise CommandError(f"say what to clear: {EXAMPLES}")
        names = None if everything else pick_names(store(), types)
        return [summary for summary in summaries(store(), names) if summary.is_written or key is not None]

    def check_entry(self, keyspace: str, key: str) -> None:
        """Raise CommandError unless the entry is there."""
        if store().read(keyspace, key) is not None:
            return
        near = difflib.get_close_matches(key, [entry.key for entry in entries_of(store(), keyspace)], n=1)
        hint = (
            f"; did you mean {shown_name(near[0])}?" if near else f"; see: manage.py show_sticky {keyspace} --entries"
        )
        raise CommandError(f"there is no entry {shown_name(key)} in {shown_name(keyspace)}{hint}")

    def describe(self, chosen: list[KeyspaceSummary], key: str | None) -> str:
        """Return what goes, with counts."""
        if key is not None:
            return f"entry {shown_name(key)} of {shown_name(chosen[0].name)}"
        each = ", ".join(f"{shown_name(summary.name)} {summary.size:,}" for summary in chosen)
        return f"{count_text(sum(summary.size for summary in chosen), 'entry', 'entries')} ({each})"

    def confirm(self, goes: str) -> None:
        """Raise CommandError unless somebody answers yes."""
        if not self.can_ask():
            raise CommandError("nobody can be asked here; type the same with --noinput (or --dry-run to see what goes)")
        answer = self.ask(f"This removes {goes}, in every open browser too. Type yes to go on: ")
        if answer.strip().lower() != "yes":
            raise CommandError("nothing was removed")

    def can_ask(self) -> bool:
        """Whether there is a person at the terminal."""
        return sys.stdin is not None and sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """Return what is typed; "" where the input ends."""
        try:
            return input(question)
        except EOFError:
            return ""

    def remove(self, chosen: list[KeyspaceSummary], key: str | None) -> None:
        """Remove the entry, or begin each keyspace anew; what an error leaves undone is told."""
        cleared: list[str] = []
        try:
            for summary in chosen:
                if key is None:
                    store().start_over(summary.name)
                else:
                    store().delete(f"{summary.name}:{key}")
                cleared.append(shown_name(summary.name))
        except StoreError as exc:
            done = f"cleared before that: {', '.join(cleared)}" if cleared else "nothing was removed"
            raise CommandError(f"{exc}; {done}") from exc
