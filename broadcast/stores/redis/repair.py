"""Repairs keyspaces of which Redis dropped keys. Sans-I/O; see `client`.

A server whose `maxmemory-policy` is not `noeviction` drops whole keys when its memory is full. Each script
compares the sizes of the keys with those that the last write stored, and refuses if they differ.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from broadcast.errors import StoreUnavailable
from broadcast.stores.redis.keys import Command, Layout, Steps

log = logging.getLogger("broadcast.stores")

MAX_REPAIRS: Final = 20  # in a row; then the server has no memory left
LOG_EVERY_S: Final = 60.0  # for one keyspace
NOEVICTION: Final = "set maxmemory-policy noeviction, and give the server more maxmemory"

_logged_at: dict[str, float] = {}  # by keyspace


def is_damaged(answer: Any) -> bool:
    """Whether a script refused because keys are missing."""
    return bool(answer == [b"damaged"])


def asking(layout: Layout, commands: Sequence[Command]) -> Steps[list[Any]]:
    """Send commands that change nothing; if keys are missing, repair the keyspace and send them again.

    Raises:
        StoreUnavailable: the server keeps dropping keys.
    """
    for _ in range(MAX_REPAIRS):
        answers: list[Any] = yield list(commands)
        damaged = [each for each, answer in zip(commands, answers, strict=True) if is_damaged(answer)]
        if not damaged:
            return answers
        yield from repairing(layout, damaged)
    raise dropping()


def dropping() -> StoreUnavailable:
    """Return the error for a server that keeps dropping keys."""
    return StoreUnavailable("its server drops keys", NOEVICTION)


def repairing(layout: Layout, commands: Sequence[Command]) -> Steps[None]:
    """Rebuild the keyspaces of these calls from their remaining keys, each in a new epoch."""
    answers = yield [layout.repair(each) for each in commands]
    for each, is_repaired in zip(commands, answers, strict=True):
        keyspace, now = layout.keyspace_in(each), time.monotonic()
        if is_repaired and now - _logged_at.get(keyspace, -LOG_EVERY_S) >= LOG_EVERY_S:
            _logged_at[keyspace] = now
            message = "Redis dropped keys of keyspace %s; it was rebuilt from the rest, and browsers start over: %s"
            log.error(message, keyspace, NOEVICTION)
