"""A browser without a page on a real server: the product's watcher, with a transcript of what it received."""

import asyncio
from collections.abc import Mapping
from typing import Any

from stickyboard import Watcher
from tests.support.server import Server, until


class RecordedWatcher(Watcher):
    """Follows a board in a task from `start` to `leave`, and may start again; it reconnects after 10 to 300 ms."""

    def __init__(self, server: Server, *, is_compressed: bool = True) -> None:
        self.transcript: list[Mapping[str, Any]] = []
        super().__init__(
            server.http,
            record=lambda message, _: self.transcript.append(message),
            random=lambda: 0.02,
            is_compressed=is_compressed,
        )

    def start(self) -> None:
        self._following = asyncio.create_task(self._follow())

    async def catch_up(self) -> None:
        """Start, and wait until it has the board's state."""
        self.start()
        await until(lambda: self.is_caught_up)

    async def leave(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)

    async def passes(self, heads: Mapping[str, tuple[str, int]], timeout_s: float = 30.0) -> None:
        """Wait until it has everything up to these heads, or more."""
        await until(lambda: has_passed(self.mirror.heads, heads), timeout_s, f"{self.mirror.heads} reaches {heads}")

    async def _follow(self) -> None:
        async with self:
            await self.until(lambda _: False)


def has_passed(mine: Mapping[str, tuple[str, int]], heads: Mapping[str, tuple[str, int]]) -> bool:
    """Return whether these heads were reached, or later ones."""
    found = ((mine.get(name, ("", 0)), head) for name, head in heads.items())
    return all(epoch == head[0] and revision >= head[1] for (epoch, revision), head in found)
