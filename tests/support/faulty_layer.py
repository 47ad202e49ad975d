"""A channel layer with faults that a test chooses."""

import asyncio
import random
from collections.abc import Iterable, Iterator
from typing import Any

from broadcast.delivery.local_layer import LocalChannelLayer

FORWARD, LOSE, DOUBLE, HOLD = "forward", "lose", "double", "hold"
COPIES = {FORWARD: 1, LOSE: 0, DOUBLE: 2}


class FaultyLayer(LocalChannelLayer):
    """Loses, doubles, delays or forwards each message.

    Args:
        faults: the fault of each message in turn, from `FORWARD`, `LOSE`, `DOUBLE` and `HOLD`, which delays a message
            until the next one that is not held. Messages after the last one are forwarded.
        may_join: no channel joins a group before this event is set.
    """

    def __init__(self, faults: Iterable[str] = (), may_join: asyncio.Event | None = None) -> None:
        super().__init__()
        self._faults, self._may_join = iter(faults), may_join
        self._held: list[tuple[str, dict[str, Any]]] = []

    async def group_add(self, group: str, channel: str) -> None:
        if self._may_join is not None:
            await self._may_join.wait()
        await super().group_add(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        fault = next(self._faults, FORWARD)
        if fault == HOLD:
            self._held.append((group, message))
            return
        for _ in range(COPIES[fault]):
            await super().group_send(group, message)
        held, self._held = self._held, []
        for late_group, late in held:
            await super().group_send(late_group, late)


def random_faults(seed: int) -> Iterator[str]:
    """Yield faults without end."""
    rng = random.Random(seed)
    while True:
        yield rng.choice([LOSE, DOUBLE, HOLD, FORWARD])
