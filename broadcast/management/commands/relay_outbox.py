"""Sends the rows of the outbox to the store."""

import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, close_old_connections

from broadcast.errors import StoreError
from broadcast.management.command import StickyCommand
from broadcast.publishing.outbox import Lease, relay, relay_waiting


class Command(StickyCommand):
    help = (
        "Sends the events that were published with outbox=True, in order, until it is stopped."
        " It may be killed and started again at any time: no event is lost, and none is applied twice."
    )
    examples = ("manage.py relay_outbox", "manage.py relay_outbox --once", "manage.py relay_outbox --every 0.1")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Send what is committed now, and exit.")
        parser.add_argument("--every", type=float, default=0.5, help="Seconds between two looks; default: 0.5.")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Alias of the database; default: default.")

    def handle(self, *args: Any, **options: Any) -> None:
        database = options["database"]
        if options["once"]:
            self.stdout.write(f"{self.send_all(lambda: relay(database))} sent.")
            return
        lease = Lease(database)
        try:
            while True:
                close_old_connections()
                try:
                    if self.send_all(lambda: relay_waiting(lease, database)):
                        lease.release()
                except (StoreError, DatabaseError) as exc:
                    self.stderr.write(f"{exc}; trying again")
                time.sleep(max(0.01, options["every"]))
        except KeyboardInterrupt:
            raise CommandError("stopped") from None

    def send_all(self, send: Callable[[], int]) -> int:
        """Relay until nothing is left; return how many rows were sent."""
        sent = 0
        while count := send():
            sent += count
        return sent
