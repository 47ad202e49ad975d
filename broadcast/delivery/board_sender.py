"""Sends each board's updates to its group: boards concurrently, the updates of one board one after the other.

While a board's send is slow, the board skips further updates and nothing waits for it. The other processes detect the
gap, at the latest when they compare their replicas with the store.
"""

import asyncio
import logging
import math
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from channels.layers import BaseChannelLayer

from broadcast.delivery.updates import Section, Update, section_of, update_of
from broadcast.types import Delta

log = logging.getLogger("broadcast.delivery.board_sender")

UPDATE = "board.update"  # the type of the message, so the method `board_update` of a consumer in the group
# Of a larger update, only the heads are sent, unless the layer has its own limit: Redis disconnects a subscriber with
# a few megabytes of unread output.
MAX_UPDATE_BYTES = 256 * 1024
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


def message_of(update: Update, sender: str, max_bytes: float = math.inf) -> dict[str, Any]:
    """Return the channel-layer message of an update, as plain data, so that every layer accepts it.

    The message of an update above `max_bytes` contains only the heads and an empty text: receivers read the store.
    """
    text = update.text if update.size_bytes <= max_bytes else ""
    heads = {name: list(head) for name, head in update.heads.items()}
    return {"type": UPDATE, "sender": sender, "text": text, "heads": heads}


class BoardSender:
    """Sends updates over a channel layer.

    Attributes:
        name: identifies this process in its messages.
    """

    def __init__(self, layer: BaseChannelLayer) -> None:
        self._layer, self._max_bytes = layer, getattr(layer, "max_update_bytes", MAX_UPDATE_BYTES)
        self.name = secrets.token_hex(8)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._slow: set[str] = set()

    async def send(self, boards: Mapping[str, Sequence[Section]]) -> None:
        """Begin to send each board its sections as one update.

        Waits for the previous update of each board, at most `WAIT_S`; a board that is still busy then is skipped, and
        other processes read the store at their next comparison.
        """
        earlier = {board: self._sending[board] for board in boards.keys() & self._sending.keys() - self._slow}
        if earlier:
            await asyncio.wait(earlier.values(), timeout=WAIT_S)
            self._slow |= {board for board, task in earlier.items() if not task.done()}
        for board, parts in boards.items():
            if board not in self._sending:
                self._sending[board] = asyncio.create_task(self._send(board, parts), name=f"sticky-send-{board}")

    async def close(self) -> None:
        if self._sending:
            await asyncio.wait(list(self._sending.values()))

    async def _send(self, board: str, sections: Sequence[Section]) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(SEND_S):
                message = message_of(update_of(sections), self.name, self._max_bytes)
                await self._layer.group_send(group_of(board), message)
        except Exception:
            # The change is committed, and other processes detect the gap.
            log.exception("an update of board %s could not be sent", board)
        finally:
            del self._sending[board]
            if clock() - started < WAIT_S:
                self._slow.discard(board)
