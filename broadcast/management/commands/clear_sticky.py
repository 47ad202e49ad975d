"""Removes one entry, or clears keyspaces; asks first."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.conf import settings
from broadcast.errors import StoreError, did_you_mean
from broadcast.management.command import ConfirmedCommand
from broadcast.management.options import add_format, add_noinput
from broadcast.ops.display_text import count_text, printable_name
from broadcast.ops.queries import KeyspaceSummary, pick_names, summaries
from broadcast.runtime import store


class Command(ConfirmedCommand):
    help = (
        "Clears the keyspaces of event types, so that every browser starts over with nothing, or removes one entry."
        " Lists what would be removed, and asks first."
    )
    examples = (
        "manage.py clear_sticky model_metric",
        "manage.py clear_sticky model_metric --key gbt",
        "manage.py clear_sticky --all --dry-run",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("types", nargs="*", metavar="TYPE", help="Event types to clear, such as model_metric.")
        parser.add_argument("--key", help="Remove only the entry with this key, such as gbt; needs exactly one TYPE.")
        parser.add_argument("--all", action="store_true", dest="everything", help="Clear all keyspaces.")
        parser.add_argument("--dry-run", action="store_true", help="List what would be removed, and change nothing.")
        add_noinput(parser)
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = self.choose(options["types"], options["key"], everything=options["everything"])
        if options["key"] is not None:
            self.check_entry(chosen[0].name, options["key"])
        removal = self.describe(chosen, options["key"])
        if chosen and not options["dry_run"]:
            if options["interactive"]:
                self.confirm(f"This removes {removal}")
            self.remove(chosen, options["key"])
        entries = {summary.name: summary.size if options["key"] is None else 1 for summary in chosen}
        text = f"Removed {removal}. Open browsers follow within {settings().HEADS_S:g} s."
        if options["dry_run"]:
            text = f"Would remove {removal}. Nothing was changed."
        if not chosen:
            text = "Nothing is stored; there is nothing to clear."
        facts = {"removed": not options["dry_run"], "key": options["key"], "entries": entries}
        self.answer(facts, text, options)

    def choose(self, types: list[str], key: str | None, *, everything: bool) -> list[KeyspaceSummary]:
        """Return the chosen keyspaces that were ever written."""
        if everything and (types or key is not None):
            raise CommandError("--all excludes TYPE and --key; omit either")
        if key is not None and len(set(types)) != 1:
            raise CommandError("--key needs exactly one TYPE, as in: manage.py clear_sticky model_metric --key gbt")
        if not types and not everything:
            raise CommandError("name what to clear: TYPE (manage.py show_sticky lists them), or --all")
        names = None if everything else pick_names(store(), types)
        return [summary for summary in summaries(store(), names) if summary.is_written or key is not None]

    def check_entry(self, keyspace: str, key: str) -> None:
        """Raise CommandError unless the entry exists."""
        if store().read(keyspace, key) is not None:
            return
        keys = [entry.key for entry in store().since({keyspace: None})[keyspace].entries]
        hint = did_you_mean(key, keys, printable_name) or f"; see: manage.py show_sticky {keyspace} --entries"
        raise CommandError(f"there is no entry {printable_name(key)} in {printable_name(keyspace)}{hint}")

    def describe(self, chosen: list[KeyspaceSummary], key: str | None) -> str:
        if key is not None:
            return f"entry {printable_name(key)} of {printable_name(chosen[0].name)}"
        each = ", ".join(f"{printable_name(summary.name)} {summary.size:,}" for summary in chosen)
        return f"{count_text(sum(summary.size for summary in chosen), 'entry', 'entries')} ({each})"

    def remove(self, chosen: list[KeyspaceSummary], key: str | None) -> None:
        """Remove the entry, or clear each keyspace; an error reports what was cleared before it."""
        cleared: list[str] = []
        try:
            for summary in chosen:
                if key is None:
                    store().reset(summary.name)
                else:
                    store().delete(f"{summary.name}:{key}")
                cleared.append(printable_name(summary.name))
        except StoreError as exc:
            done = f"cleared before that: {', '.join(cleared)}" if cleared else "nothing was removed"
            raise CommandError(f"{exc}; {done}") from exc
