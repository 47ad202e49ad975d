"""What is done where a Redis let keys of a keyspace go. Pure; `redis_link` does the I/O.

A server whose `maxmemory-policy` is not `noeviction` drops whole keys when its memory is full. Each script
compares what is there with what the last write noted, and refuses where something is missing.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from broadcast.errors import StoreUnavailable
from broadcast.stores.redis.keys import Command, Layout, Steps

log = logging.getLogger("broadcast.stores")

MAX_REPAIRS: Final = 20  # in a row; a server that drops keys all the time has no memory left
LOG_EVERY_S: Final = 60.0  # for one keyspace
NOEVICTION: Final = "set maxmemory-policy noeviction, and give the server more maxmemory"

_logged_at: dict[str, float] = {}  # by keyspace


def is_damaged(answer: Any) -> bool:
    """Whether a script refused as keys are missing."""
    return bool(answer == [b"damaged"])


def asking(layout: Layout, commands: Sequence[Command]) -> Steps[list[Any]]:
    """Ask what changes nothing; where keys are missing, repair the keyspace and ask again.

    Raises:
        StoreUnavailable: the server drops keys all the time.
    """
    for _ in range(MAX_REPAIRS):
        answers: list[Any] = yield list(commands)
        damaged = [each for each, answer in zip(commands, answers, strict=True) if is_damaged(answer)]
        if not damaged:
            return answers
        yield from repairing(layout, damaged)
    raise dropping()


def dropping() -> StoreUnavailable:
    """Return the error for a server that drops keys all the time."""
    return StoreUnavailable("its server drops keys", NOEVICTION)


def repairing(layout: Layout, commands: Sequence[Command]) -> Steps[None]:
    """Go on with what is left of the keyspaces that these calls were about, each in a new epoch."""
    answers = yield [layout.repair(each) for each in commands]
    for each, is_repaired in zip(commands, answers, strict=True):
        keyspace, now = layout.keyspace_in(each), time.monotonic()
        if is_repaired and now - _logged_at.get(keyspace, -LOG_EVERY_S) >= LOG_EVERY_S:
            _logged_at[keyspace] = now
            said = "Redis dropped keys of keyspace %s; it goes on with what is left, and browsers start over: %s"
            log.error(said, keyspace, NOEVICTION)
