"""The transactional outbox: events as rows of the project's database, which a relay sends to the store.

    publish(..., outbox=True) ─► row, in the caller's transaction ─► number ─► store ─► row deleted

The relay numbers rows after their commit, and saves the numbers before it sends. Primary keys would not do: a row with
a lower key may be committed later, and the store would regard it as a duplicate. A relay that is killed sends its
numbered rows again, and the store applies each number once. Two relays at once would do no harm, but the same work
twice: the lease lets one of them work.

A row may also name a row of a live model, which is read again when it is relayed.
"""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from broadcast.errors import EventRefused, StickyboardError
from broadcast.events.event_type import Checked
from broadcast.models import OutboxCounter, OutboxEvent, new_name
from broadcast.publishing.direct import apply
from broadcast.runtime import store, validator

log = logging.getLogger("broadcast.publishing.outbox")

Refresh = Callable[[list[str]], None]

ROWS_AT_ONCE = 500
LEASE_S = 5.0  # a relay that is killed holds up the others for at most this long
refreshes_of: list[Callable[[str], Refresh]] = []
"""Returns what reads rows of a live model again; `broadcast.live` adds it, because it depends on this package."""
listeners: list[Callable[[], None]] = []
"""Called in any thread after the commit of rows that this process wrote."""
LIVE = "live"  # the field of a row for a live model; events have "type"


def write_rows(events: Iterable[str], using: str | None = None) -> None:
    """Write events, as JSON, in the caller's transaction."""
    OutboxEvent.objects.using(using).bulk_create([OutboxEvent(event=event) for event in events], ROWS_AT_ONCE)
    for listener in listeners:
        transaction.on_commit(listener, using=using, robust=True)


def write_change(live_model: str, key: str, using: str) -> None:
    """Write that a row of a live model changed, in the caller's transaction."""
    write_rows([json.dumps({LIVE: live_model, "key": key})], using)


class Lease:
    """The right of one relay to work on an outbox for `LEASE_S`, which it extends while it works."""

    def __init__(self, using: str | None = None, clock: Callable[[], datetime] = timezone.now) -> None:
        self._name, self._using, self._clock = new_name(), using, clock

    def take(self) -> bool:
        """Take or extend it; return False while another relay has it."""
        now = self._clock()
        counters = OutboxCounter.objects.using(self._using)
        counters.get_or_create(pk=1)
        free = counters.filter(Q(relay=self._name) | Q(relay_until=None) | Q(relay_until__lte=now))
        taken: int = free.update(relay=self._name, relay_until=now + timedelta(seconds=LEASE_S))
        return taken == 1

    def release(self) -> None:
        OutboxCounter.objects.using(self._using).filter(relay=self._name).update(relay_until=None)


def relay_waiting(lease: Lease, using: str | None = None) -> int:
    """Relay up to `ROWS_AT_ONCE` rows, unless another relay does; return how many were sent.

    Raises:
        StoreError, DatabaseError: see `relay`.
    """
    return relay(using) if is_waiting(using) and lease.take() else 0


def is_waiting(using: str | None = None) -> bool:
    found: bool = OutboxEvent.objects.using(using).filter(error="").exists()
    return found


def relay(using: str | None = None) -> int:
    """Send up to `ROWS_AT_ONCE` committed rows in order; return how many were sent.

    A row that cannot be applied, for example because its event type was removed, stays in the table with the error.

    Raises:
        StoreError: none was applied; they are sent again by the next call.
        DatabaseError: the rows cannot be read, or not be deleted; the next call continues.
    """
    rows = OutboxEvent.objects.using(using)
    if not is_waiting(using):
        return 0
    producer = _number(using)
    found = list(rows.filter(error="", seq__isnull=False).order_by("seq")[:ROWS_AT_ONCE])
    checked, errors = list[Checked](), dict[int, StickyboardError]()
    live: dict[str, tuple[Refresh, dict[str, None]]] = {}  # of each live model, with the keys of its rows in order
    for index, row in enumerate(found):
        try:
            if row.event.startswith(f'{{"{LIVE}"'):
                change = json.loads(row.event)
                for refresh_of in refreshes_of:
                    live.setdefault(change[LIVE], (refresh_of(change[LIVE]), {}))[1][change["key"]] = None
            else:
                kind, write = validator().check(row.event.encode(), producer, row.seq)
                write.index = index
                checked.append((kind, write))
        except EventRefused as exc:
            errors[index] = exc
    if checked:
        errors |= apply(store(), validator(), checked)
    for refresh, keys in live.values():
        refresh(list(keys))
    for index, error in errors.items():
        log.error("row %d of the outbox was not applied: %s", found[index].pk, error)
        rows.filter(pk=found[index].pk).update(error=str(error)[:1000])
    sent = [row.pk for index, row in enumerate(found) if index not in errors]
    rows.filter(pk__in=sent).delete()
    return len(sent)


def retry(rows: Sequence[OutboxEvent], using: str | None = None) -> None:
    """Send failed rows again, after all others: the store has applied later numbers than theirs."""
    keys = [row.pk for row in rows]
    OutboxEvent.objects.using(using).filter(pk__in=keys).exclude(error="").update(error="", seq=None)


def _number(using: str | None) -> str:
    """Give committed rows the next numbers, in order; return the name under which the store remembers them."""
    counters = OutboxCounter.objects.using(using)
    counters.get_or_create(pk=1)
    with transaction.atomic(using=using):
        counters.update(last_seq=F("last_seq"))  # first, because it locks: one relay numbers at a time
        counter = counters.get()
        rows = list(OutboxEvent.objects.using(using).filter(seq__isnull=True).order_by("pk")[:ROWS_AT_ONCE])
        for number, row in enumerate(rows, counter.last_seq + 1):
            row.seq = number
        OutboxEvent.objects.using(using).bulk_update(rows, ["seq"])
        counters.update(last_seq=counter.last_seq + len(rows))
    return f"outbox:{counter.name}"
