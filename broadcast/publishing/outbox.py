"""The transactional outbox: events as rows of the project's database, which a relay sends to the store.

    publish(..., outbox=True) ─► row, in the caller's transaction ─► number ─► store ─► row deleted

The relay numbers rows after their commit, and saves the numbers before it sends. Primary keys would not do: a row with
a lower key may be committed later, and the store would regard it as a duplicate. A relay that is killed sends its
numbered rows again, and the store applies each number once. Several relays may run at once.
"""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from broadcast.errors import EventRefused
from broadcast.models import OutboxCounter, OutboxEvent
from broadcast.publishing.direct import Checked, apply
from broadcast.runtime import store, validator

log = logging.getLogger("broadcast.publishing.outbox")

ROWS_AT_ONCE = 500


def write_rows(events: Iterable[str], using: str | None = None) -> None:
    """Write events, as JSON, in the caller's transaction."""
    OutboxEvent.objects.using(using).bulk_create([OutboxEvent(event=event) for event in events], ROWS_AT_ONCE)


def relay(using: str | None = None) -> int:
    """Send up to `ROWS_AT_ONCE` committed rows in order; return how many were sent.

    A row that cannot be applied, for example because its event type was removed, stays in the table with the error.

    Raises:
        StoreError: none was applied; they are sent again by the next call.
        DatabaseError: the rows cannot be read, or not be deleted; the next call continues.
    """
    rows = OutboxEvent.objects.using(using)
    if not rows.filter(error="").exists():
        return 0
    producer = _number(using)
    found = list(rows.filter(error="", seq__isnull=False).order_by("seq")[:ROWS_AT_ONCE])
    check, checked, errors = validator().check, list[Checked](), dict[int, EventRefused]()
    for index, row in enumerate(found):
        try:
            kind, write = check(row.event.encode(), producer, row.seq)
        except EventRefused as exc:
            errors[index] = exc
            continue
        write.index = index
        checked.append((kind, write))
    errors |= apply(store(), validator(), checked) if checked else {}
    for index, error in errors.items():
        log.error("row %d of the outbox was not applied: %s", found[index].pk, error)
        rows.filter(pk=found[index].pk).update(error=str(error)[:1000])
    rows.filter(pk__in=[row.pk for index, row in enumerate(found) if index not in errors]).delete()
    return len(found) - len(errors)


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
