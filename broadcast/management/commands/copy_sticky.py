"""Copies all that is kept from one store into another, empty one: from SQLite to Redis, or back."""

from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.core.management.base import CommandError, CommandParser

from broadcast.errors import StoreError
from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import as_json
from broadcast.ops.dump import facts_of
from broadcast.ops.queries import count_text, is_public, printable_name
from broadcast.stores import RedisCache, SQLiteCache, StickyCache
from broadcast.types import KeyspaceCopy


class Command(StickyCommand):
    help = (
        "Copies all that is kept into another store, which must be empty: entries, revisions, when they expire, and"
        " each producer's seq, so that what was acknowledged is not applied again. Each keyspace begins a new epoch,"
        " so open browsers start over. Stop the servers first: what they apply meanwhile is not copied."
    )
    examples = (
        "manage.py copy_sticky --from var/sticky.sqlite3 --to redis://127.0.0.1:6379/0 --dry-run",
        "manage.py copy_sticky --from var/sticky.sqlite3 --to redis://127.0.0.1:6379/0",
        "manage.py copy_sticky --from redis://127.0.0.1:6379/0 --to var/new.sqlite3",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        place = "a SQLite file, an address of a Redis, or an alias in CACHES"
        parser.add_argument("--from", dest="source", required=True, metavar="STORE", help=f"What to copy: {place}.")
        parser.add_argument("--to", dest="target", required=True, metavar="STORE", help=f"Where to: {place}.")
        parser.add_argument("--prefix", default="sticky", help="How names begin in a Redis that is given by address.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be copied, and write nothing.")
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        as_text = options["format"] == "text"
        try:
            source = self.open(options["source"], options["prefix"], must_exist=True)
            copies = source.export()
            if as_text:
                self.tell(copies)
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
        """Return the store at a file, an address or an alias.

        Raises:
            CommandError: it is none.
        """
        if place in caches.settings:
            kept = caches[place]
            if not isinstance(kept, StickyCache):
                raise CommandError(f'CACHES["{place}"] is no Stickyboard store')
            return kept
        if "://" in place:
            return RedisCache(place, {"KEY_PREFIX": prefix})
        if must_exist and not Path(place).is_file():
            raise CommandError(f"there is no file {place}; expected a file, an address or an alias in CACHES")
        return SQLiteCache(place, {})

    def is_there(self, place: str) -> bool:
        """Whether looking into a store makes nothing: a file that is missing would be made."""
        return place in caches.settings or "://" in place or Path(place).exists()

    def refuse_used(self, target: StickyCache, name: str) -> None:
        """Raise CommandError where the target holds, or ever held, anything."""
        used = sorted(keyspace for keyspace in target.heads() if is_public(keyspace))
        if used:
            raise CommandError(
                f"{name} is not empty: it has {', '.join(map(printable_name, used))}; nothing was copied."
                " Give an empty one: another file, another database of the server, or another --prefix"
            )

    def tell(self, copies: list[KeyspaceCopy]) -> None:
        """Say what was read."""
        for kept in copies:
            entries = count_text(len(kept.entries), "entry", "entries")
            seqs = count_text(len(kept.seqs), "producer", "producers")
            self.stdout.write(f"{printable_name(kept.keyspace)}: {entries}, {seqs}, revision {kept.head.revision:,}")
        if not copies:
            self.stdout.write("Nothing is kept there.")

    def verify(self, copies: list[KeyspaceCopy], target: StickyCache) -> None:
        """Raise CommandError unless the target has what was read, entry for entry."""
        for there, kept in zip(target.export([kept.keyspace for kept in copies]), copies, strict=True):
            if there.entries != kept.entries or not kept.seqs.items() <= there.seqs.items():
                raise CommandError(f"{printable_name(kept.keyspace)} is not the same in the target; do not use it")

    def done(self, target: str) -> str:
        """Return what to do next."""
        shown = target.rpartition("@")[2]  # no password on the screen
        return f"All of it is in {shown} and was compared. Start the servers on it."
