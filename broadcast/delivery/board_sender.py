"""Sends each board's updates to its group: boards beside each other, the updates of one board one after the other.

A board whose send takes long gets no further update until that has ended, and nobody waits for it. Its browsers see
the gap, or are behind the store's heads, and catch up by their cursors.
"""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence

from channels.layers import BaseChannelLayer

from broadcast.delivery.updates import Section, Span, Update, size_of, update_of

log = logging.getLogger("broadcast.delivery.board_sender")

SEND_S = 1.0  # for one update of one board
# How long a tick waits for the layer, so that updates are made no faster than it takes them. A board that has once
# taken longer is not waited for until it has been faster.
WAIT_S = 0.1


def group_of(board: str) -> str:
    """Return the channel-layer group that a board's browsers are in."""
    return f"sticky.board.{board}"


def message_of(update: Update, max_bytes: float = math.inf) -> dict[str, object]:
    """Return the channel-layer message that bears an update; plain data, so that any layer takes it.

    Of an update above `max_bytes` it bears the heads only, with an empty text: who receives it reads the store.
    """
    text = update.text if update.size_bytes <= max_bytes else ""
    return {"type": "board.update", "text": text, "spans": [list(span) for span in update.spans]}


def update_from(message: Mapping[str, object]) -> Update:
    """Return the update that a channel-layer message bears; without text where it bears heads only."""
    text: str = message["text"]  # type: ignore[assignment]
    return Update(text, [Span(*span) for span in message["spans"]], size_of(text))  # type: ignore[attr-defined]


class BoardSender:
    """Sends updates over a channel layer.

    Args:
        max_bytes: of a larger update only the heads are sent.
    """

    def __init__(self, layer: BaseChannelLayer, max_bytes: float) -> None:
        self._layer, self._max_bytes = layer, max_bytes
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._slow: set[str] = set()

    async def send(self, boards: Mapping[str, Sequence[Section]]) -> None:
        """Send each board its sections as one update; returns when they are sent, or soon where a board is slow."""
        tasks = {board: self._begin(board, shown) for board, shown in boards.items() if board not in self._sending}
        awaited = [task for board, task in tasks.items() if board not in self._slow]
        if awaited:
            await asyncio.wait(awaited, timeout=WAIT_S)
            self._slow |= {board for board, task in tasks.items() if not task.done()}

    async def close(self) -> None:
        """Wait for what is still being sent."""
        if self._sending:
            await asyncio.wait(list(self._sending.values()))

    def _begin(self, board: str, sections: Sequence[Section]) -> "asyncio.Task[None]":
        task = self._sending[board] = asyncio.create_task(self._send(board, sections), name=f"sticky-send-{board}")
        return task

    async def _send(self, board: str, sections: Sequence[Section]) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(SEND_S):
                await self._layer.group_send(group_of(board), message_of(update_of(sections), self._max_bytes))
        except Exception:
            # The change is committed; browsers get it when they are compared with the store's heads.
            log.exception("an update of board %s was not sent", board)
        finally:
            del self._sending[board]
            if clock() - started < WAIT_S:
                self._slow.discard(board)
