"""Lists the stored state, as a table or as one JSON object."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.core.management.base import CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.output import aligned
from broadcast.ops.queries import KeyspaceSummary, pick_names, producer_names, summaries
from broadcast.ops.table_rows import entry_row, keyspace_row
from broadcast.runtime import store
from broadcast.types import Entry

COLUMNS = ("keyspace", "entries", "bytes", "evicted", "newest", "revision", "epoch", "policy")
ENTRY_COLUMNS = ("key", "lane", "revision", "age", "bytes", "value")
PREVIEW_CHARACTERS = 80

Listing = list[tuple[KeyspaceSummary, list[Entry] | None]]


class Command(StickyCommand):
    help = "Lists the stored state of each event type: entries, bytes, evictions, age, revision, epoch, policy."
    examples = (
        "manage.py show_sticky",
        "manage.py show_sticky model_metric --entries --limit 20",
        "manage.py show_sticky --format json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "types", nargs="*", metavar="TYPE", help="Event types to list, such as model_metric; default: all."
        )
        parser.add_argument("--entries", action="store_true", help="List the entries too, newest first.")
        parser.add_argument("--limit", type=int, help="Maximum number of entries per keyspace; needs --entries.")
        parser.add_argument("--format", choices=("table", "json"), default="table", help="A table, or one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        names = pick_names(store(), options["types"]) if options["types"] else None
        listing: Listing = [(summary, self.entries(summary, options)) for summary in summaries(store(), names)]
        now = store().clock()
        facts = {"keyspaces": {summary.name: self.facts(summary, entries, now) for summary, entries in listing}}
        self.answer(facts, self.table(listing, now), options)

    def entries(self, summary: KeyspaceSummary, options: Mapping[str, Any]) -> list[Entry] | None:
        """Return the newest entries of a keyspace; None if they are not requested."""
        limit = summary.size if options["limit"] is None else options["limit"]
        return store().page(summary.name, limit=limit).entries if options["entries"] else None

    def facts(self, summary: KeyspaceSummary, entries: list[Entry] | None, now: float) -> dict[str, Any]:
        """Return the facts of a keyspace; `newest_at` is in seconds since 1970."""
        newest_at = summary.newest_at
        facts = {
            "title": summary.title,
            "policy": summary.policy,
            "entries": summary.size,
            "lanes": summary.stats.lanes,
            "bytes": summary.stats.size_bytes,
            "evicted": summary.stats.evicted,
            "changed_at": summary.stats.changed_at,
            "changed_by": producer_names([summary.stats.changed_by])[summary.stats.changed_by],
            "revision": summary.head.revision,
            "epoch": summary.head.epoch,
            "newest_at": newest_at,
            "newest_age_s": None if newest_at is None else round(now - newest_at, 3),
        }
        listed = {} if entries is None else {"entry_list": [self.entry_facts(entry, now) for entry in entries]}
        return {**facts, **listed}

    def entry_facts(self, entry: Entry, now: float) -> dict[str, Any]:
        value = (entry.value or "null").encode()
        return {
            "key": entry.key,
            "lane": entry.lane,
            "revision": entry.revision,
            "at": entry.at,
            "age_s": round(now - entry.at, 3),
            "bytes": len(value),
            "value": msgspec.Raw(value),
        }

    def table(self, listing: Listing, now: float) -> str:
        """Return aligned columns; with entries, each keyspace is followed by its own table."""
        if all(entries is None for _, entries in listing):
            return aligned([COLUMNS, *(self.cells(summary, now) for summary, _ in listing)])
        blocks = []
        for summary, entries in listing:
            blocks.append(aligned([COLUMNS, self.cells(summary, now)]) + "\n")
            if entries:
                blocks.append(aligned([ENTRY_COLUMNS, *(self.entry_cells(entry, now) for entry in entries)]) + "\n")
        return "\n".join(blocks)

    def cells(self, summary: KeyspaceSummary, now: float) -> list[str]:
        row = keyspace_row(summary, now)
        shown = ("name", "size", "bytes", "evicted", "age", "revision", "epoch", "policy")
        return [str(row[name]) or "-" for name in shown]

    def entry_cells(self, entry: Entry, now: float) -> list[str]:
        row = entry_row(entry, now, PREVIEW_CHARACTERS)
        return [str(row[name]) or "-" for name in ("key", "lane", "revision", "age", "size_bytes", "preview")]
