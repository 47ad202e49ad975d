"""Reads rows of a live model as JSON, by the keys of their entries."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from broadcast.errors import EventRefused
from broadcast.live.declaration import Declaration
from broadcast.ops.display_text import printable_name
from broadcast.publishing.encoding import encode_event
from broadcast.runtime import validator

log = logging.getLogger("broadcast.live")

ROWS_AT_ONCE = 500  # in one query; SQLite and Oracle limit the number of parameters

Rows = dict[str, str | None]
"""JSON by key; None for a row that does not exist, or that the board does not select."""


def read(live: Declaration, keys: Sequence[str]) -> Rows:
    """Return the rows with these keys, in the order of the keys."""
    found: Rows = dict.fromkeys(keys)
    pks = {key: pk for key in keys if (pk := _pk_of(live, key)) is not None}
    wanted = list(pks.values())
    for first in range(0, len(wanted), ROWS_AT_ONCE):
        for key, text in encoded(live, live.rows.filter(pk__in=wanted[first : first + ROWS_AT_ONCE])):
            if key in found:
                found[key] = text
    return found


def read_first(live: Declaration) -> Rows:
    """Return the rows that fill the board, in their order."""
    rows = live.rows
    if not rows.ordered:
        rows = rows.order_by("-pk")
    return dict(encoded(live, rows[: live.max_keys]))


def encoded(live: Declaration, rows: "QuerySet[Any]") -> Iterator[tuple[str, str]]:
    """Yield the key and the JSON of each row. A row that cannot be displayed is logged, and left out."""
    check = validator().check
    for row in rows.iterator(ROWS_AT_ONCE):
        try:
            _, write = check(encode_event(event_of(live, row)))
        except Exception as exc:  # the row does not fit, or a property of the project fails
            _log_once(live, str(row.pk), exc)
        else:
            live.undisplayed.pop(str(write.key), None)
            yield str(write.key), str(write.value)


def _log_once(live: Declaration, key: str, exc: Exception) -> None:
    """Log why a row is not displayed, unless that was logged: rows are compared every minute."""
    reason = repr(exc)
    if live.undisplayed.get(key) == reason:
        return
    if len(live.undisplayed) >= live.max_keys:
        live.undisplayed.clear()
    live.undisplayed[key] = reason
    trace = None if isinstance(exc, EventRefused) else exc
    log.error("%s: row %s is not displayed: %s", live.event_name, printable_name(key[:100]), exc, exc_info=trace)


def event_of(live: Declaration, row: Model) -> dict[str, Any]:
    return {"type": live.event_name, **{column.name: column.value_of(row) for column in live.columns}}


def key_of(live: Declaration, pk: Any) -> str:
    """Return the key of a row's entry. A project may set a UUID as text, or a number as text."""
    known = _pk_of(live, pk)
    return str(pk if known is None else known)


def _pk_of(live: Declaration, key: Any) -> Any:
    try:
        return live.model._meta.pk.to_python(key)
    except ValidationError:  # another program wrote the entry
        return None
