"""Copies one store into another, empty one: from SQLite to Redis, or back."""

from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.core.management.base import CommandError, CommandParser

from broadcast.errors import StoreError
from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import as_json
from broadcast.ops.display_text import count_text, printable_name
from broadcast.ops.dump import facts_of
from broadcast.ops.queries import is_displayed
from broadcast.stores import RedisCache, SQLiteCache, StickyCache
from broadcast.types import KeyspaceCopy


class Command(StickyCommand):
    help = (
        "Copies a store into another one, which must be empty: entries, revisions, expiry, and each producer's seq, so"
        " that acknowledged events are not applied again. Each keyspace starts a new epoch, so open browsers start"
        " over. Stop the servers first: events that they apply meanwhile are not copied."
    )
    examples = (
        "manage.py copy_sticky --from var/sticky.sqlite3 --to redis://127.0.0.1:6379/0 --dry-run",
        "manage.py copy_sticky --from var/sticky.sqlite3 --to redis://127.0.0.1:6379/0",
        "manage.py copy_sticky --from redis://127.0.0.1:6379/0 --to var/new.sqlite3",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = "a SQLite file, the URL of a Redis server, or an alias in CACHES"
        parser.add_argument("--from", dest="source", required=True, metavar="STORE", help=f"Source: {kinds}.")
        parser.add_argument("--to", dest="target", required=True, metavar="STORE", help=f"Target: {kinds}.")
        parser.add_argument("--prefix", default="sticky", help="Prefix of all keys in a Redis that is given by URL.")
        parser.add_argument("--dry-run", action="store_true", help="List what would be copied, and write nothing.")
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        as_text = options["format"] == "text"
        try:
            source = self.open(options["source"], options["prefix"], must_exist=True)
            copies = source.export()
            if as_text:
                self.report(copies)
            if not options["dry_run"] or self.is_there(options["target"]):
                target = self.open(options["target"], options["prefix"], must_exist=False)
                self.refuse_used(target, options["target"])
                if not options["dry_run"]:
                    target.restore(copies)
                    self.verify(copies, target)
        except StoreError as exc:
            raise CommandError(f"{exc}; nothing was copied") from exc
        if as_text:
            self.stdout.write("Nothing was written." if options["dry_run"] else self.done(options["target"]))
        else:
            self.stdout.write(as_json({"copied": not options["dry_run"], "keyspaces": facts_of(copies)}))

    def open(self, place: str, prefix: str, *, must_exist: bool) -> StickyCache:
        """Return the store of a file, a URL or an alias.

        Raises:
            CommandError: it is not a store.
        """
        if place in caches.settings:
            store = caches[place]
            if not isinstance(store, StickyCache):
                raise CommandError(f'CACHES["{place}"] is not a Stickyboard store')
            return store
        if "://" in place:
            return RedisCache(place, {"KEY_PREFIX": prefix})
        if must_exist and not Path(place).is_file():
            raise CommandError(f"there is no file {place}; expected a file, a URL or an alias in CACHES")
        return SQLiteCache(place, {})

    def is_there(self, place: str) -> bool:
        """Whether the store can be opened without creating a file."""
        return place in caches.settings or "://" in place or Path(place).exists()

    def refuse_used(self, target: StickyCache, name: str) -> None:
        """Raise CommandError if the target has, or ever had, entries."""
        used = sorted(keyspace for keyspace in target.heads() if is_displayed(keyspace))
        if used:
            raise CommandError(
                f"{name} is not empty: it has {', '.join(map(printable_name, used))}; nothing was copied."
                " Use an empty one: another file, another database of the server, or another --prefix"
            )

    def report(self, copies: list[KeyspaceCopy]) -> None:
        for copy in copies:
            entries = count_text(len(copy.entries), "entry", "entries")
            seqs = count_text(len(copy.seqs), "producer", "producers")
            self.stdout.write(f"{printable_name(copy.keyspace)}: {entries}, {seqs}, revision {copy.head.revision:,}")
        if not copies:
            self.stdout.write("The source is empty.")

    def verify(self, copies: list[KeyspaceCopy], target: StickyCache) -> None:
        """Raise CommandError unless the target has the same entries and seqs."""
        for there, copy in zip(target.export([copy.keyspace for copy in copies]), copies, strict=True):
            if there.entries != copy.entries or not copy.seqs.items() <= there.seqs.items():
                raise CommandError(f"{printable_name(copy.keyspace)} differs in the target; do not use it")

    def done(self, target: str) -> str:
        shown = target.rpartition("@")[2]  # no password on the screen
        return f"Everything was copied to {shown} and compared. Start the servers with it."
