"""Sends each board's updates to its group: boards concurrently, the updates of one board one after the other.

While a board's send is slow, the board skips further updates and nothing waits for it. Its browsers detect the gap,
or are found to be behind the store's heads, and catch up by their cursors.
"""

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence

from channels.layers import BaseChannelLayer

from broadcast.delivery.updates import Section, Span, Update, section_of, size_of, update_of
from broadcast.types import Delta

log = logging.getLogger("broadcast.delivery.board_sender")

SEND_S = 1.0  # for one update of one board
# How long a tick waits for the layer, so that updates are not produced faster than the layer accepts them. A slow
# board is not waited for until a send of it has been faster than this.
WAIT_S = 0.1


def group_of(board: str) -> str:
    return f"sticky.board.{board}"


def by_board(deltas: Sequence[Delta], boards: Mapping[str, Sequence[str]]) -> dict[str, list[Section]]:
    """Return what each board that displays a change is sent; each keyspace's section is encoded once."""
    sections = {delta.keyspace: section_of(delta) for delta in deltas if delta.has_changes}
    changed = {board: [each for name, each in sections.items() if name in names] for board, names in boards.items()}
    return {board: parts for board, parts in changed.items() if parts}


def message_of(update: Update, max_bytes: float = math.inf) -> dict[str, object]:
    """Return the channel-layer message of an update, as plain data, so that every layer accepts it.

    The message of an update above `max_bytes` contains only the heads and an empty text: receivers read the store.
    """
    text = update.text if update.size_bytes <= max_bytes else ""
    return {"type": "board.update", "text": text, "spans": [list(span) for span in update.spans]}


def update_from(message: Mapping[str, object]) -> Update:
    """Return the update in a channel-layer message; its text is empty if the message contains only heads."""
    text: str = message["text"]  # type: ignore[assignment]
    return Update(text, [Span(*span) for span in message["spans"]], size_of(text))  # type: ignore[attr-defined]


class BoardSender:
    """Sends updates over a channel layer.

    Args:
        max_bytes: for a larger update, only the heads are sent.
    """

    def __init__(self, layer: BaseChannelLayer, max_bytes: float) -> None:
        self._layer, self._max_bytes = layer, max_bytes
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._slow: set[str] = set()

    async def send(self, boards: Mapping[str, Sequence[Section]]) -> None:
        """Send each board its sections as one update; return when they are sent, or after `WAIT_S`."""
        tasks = {board: self._begin(board, parts) for board, parts in boards.items() if board not in self._sending}
        awaited = [task for board, task in tasks.items() if board not in self._slow]
        if awaited:
            await asyncio.wait(awaited, timeout=WAIT_S)
            self._slow |= {board for board, task in tasks.items() if not task.done()}

    async def close(self) -> None:
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
            # The change is committed; the reconciler brings it to the browsers.
            log.exception("an update of board %s could not be sent", board)
        finally:
            del self._sending[board]
            if clock() - started < WAIT_S:
                self._slow.discard(board)
