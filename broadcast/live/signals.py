"""Notes which rows a transaction saves or deletes, and follows them when it commits.

A transaction's keys are in one dict per live model. Each save registers a callback, because Django discards those of
a savepoint that is rolled back; the first callback that runs takes all keys. A key of a rolled-back row does no harm,
because rows are read again.
"""

import logging
from functools import partial
from typing import Any, cast

from django.db import DatabaseError, connections, transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from broadcast.errors import StoreError, UnknownEventType
from broadcast.live.compare import ALL, update
from broadcast.live.declaration import Declaration
from broadcast.live.registry import live_models, live_models_of
from broadcast.live.rows import key_of
from broadcast.publishing.outbox import Refresh, refreshes_of, write_change

log = logging.getLogger("broadcast.live")

MAX_WAITING = 10_000  # keys of a transaction, and of changes that failed; beyond it, all rows are compared

Keys = dict[str, None]  # in the order of their changes


def connect() -> None:
    """Follow all models, because a row is saved by signals of proxies, parents and children too."""
    post_save.connect(on_change, dispatch_uid="stickyboard.live")
    post_delete.connect(on_change, dispatch_uid="stickyboard.live")
    refreshes_of.append(refresh_of)


def refresh_of(name: str) -> Refresh:
    """Return what brings rows of a live model to the board.

    Raises:
        UnknownEventType: there is no such live model.
    """
    known = {live.event_name: live for live in live_models()}
    if name not in known:
        raise UnknownEventType(name, known)
    return partial(update, known[name])


def on_change(sender: type[Model], instance: Model, using: str, **_: Any) -> None:
    """Note the entries of a row that was saved or deleted."""
    for live, attribute in live_models_of(cast(Any, sender)):
        if using == live.database:
            key = ALL if attribute is None else key_of(live, getattr(instance, attribute))
            if live.outbox:
                write_change(live.event_name, key, using)
            else:
                note(live, [key])


def note(live: Declaration, keys: list[str]) -> None:
    """Follow rows when the current transaction commits; immediately if there is none."""
    connection = connections[live.database]
    if not connection.in_atomic_block and not connection.get_autocommit():
        log.warning("%s: a change outside atomic() without autocommit is not followed; call refresh()", live.event_name)
        return
    waiting = vars(connection).setdefault("stickyboard_keys", {}).setdefault(live, {})
    add(waiting, keys)
    transaction.on_commit(lambda: _committed(live, waiting), using=live.database, robust=True)


def add(waiting: Keys, keys: list[str]) -> None:
    """Add keys at the end; too many of them become one for all rows."""
    for key in keys:
        waiting.pop(key, None)
        waiting[key] = None
    if len(waiting) > MAX_WAITING or ALL in waiting:
        waiting.clear()
        waiting[ALL] = None


def _committed(live: Declaration, waiting: Keys) -> None:
    keys = list(waiting)
    waiting.clear()
    if keys:
        attempt(live, keys)


def attempt(live: Declaration, keys: list[str]) -> None:
    """Follow rows; those of a failure are followed with the next change, and by the next comparison."""
    late = [key for key in list(live.late) if live.late.pop(key, ALL) is None]  # this thread's, from here on
    wanted = list(dict.fromkeys([*late, *keys]))
    try:
        update(live, wanted)
    except (StoreError, DatabaseError) as exc:
        add(live.late, wanted)
        log.error("%s: %d changes are not on the board yet: %s", live.event_name, len(live.late), exc)


def refresh(live: Declaration, keys: list[str]) -> None:
    """Follow rows when the current transaction commits; without one, errors are raised."""
    if connections[live.database].in_atomic_block:
        note(live, keys)
    else:
        wanted: Keys = {}
        add(wanted, keys)
        update(live, list(wanted))
