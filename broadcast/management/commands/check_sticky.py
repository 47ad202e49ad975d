"""Verifies the invariants of the store."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.management.output import FOUND_WRONG
from broadcast.ops.display_text import count_text
from broadcast.ops.integrity import broken_invariants
from broadcast.ops.queries import is_displayed
from broadcast.runtime import store


class Command(StickyCommand):
    help = (
        "Reads the whole store and verifies it: bounds, counts, revisions, values, and the store's internal tables."
        f" Changes nothing; the server may be running. Exit code {FOUND_WRONG} if a problem is found."
    )
    examples = ("manage.py check_sticky", "manage.py check_sticky --format json")

    def add_arguments(self, parser: CommandParser) -> None:
        add_format(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        names = [name for name in store().heads() if is_displayed(name)]
        found = [*broken_invariants(store(), names), *store().audit()]
        fix = f"{len(found)} problems found; to clear a keyspace: manage.py clear_sticky"
        sound = f"The store is sound: {count_text(len(names), 'keyspace was', 'keyspaces were')} checked."
        facts = {"is_sound": not found, "keyspaces": len(names), "found": found}
        self.answer(facts, "\n".join([*found, fix]) if found else sound, options)
        if found:
            sys.exit(FOUND_WRONG)
