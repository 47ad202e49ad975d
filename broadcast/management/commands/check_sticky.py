"""Verifies the invariants of the store."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.errors import StoreError
from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import FOUND_WRONG, as_json
from broadcast.ops.integrity import broken_invariants
from broadcast.runtime import store


class Command(StickyCommand):
    help = (
        "Reads the whole store and verifies it: bounds, counts, revisions, values, and the store's internal tables."
        f" Changes nothing; the server may be running. Exit code {FOUND_WRONG} if a problem is found."
    )
    examples = (
        "manage.py check_sticky",
        "manage.py check_sticky --format json",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            names = [name for name in store().heads() if not name.startswith("_")]
            found = [*broken_invariants(store(), names), *store().audit()]
        except StoreError as exc:
            raise CommandError(str(exc)) from exc
        if options["format"] == "json":
            self.stdout.write(as_json({"is_sound": not found, "keyspaces": len(names), "found": found}))
        elif found:
            self.stdout.write(
                "\n".join([*found, f"{len(found)} problems found; to clear a keyspace: manage.py clear_sticky"])
            )
        else:
            self.stdout.write(f"The store is sound: {len(names)} keyspaces were checked.")
        if found:
            sys.exit(FOUND_WRONG)
