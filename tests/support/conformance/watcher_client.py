"""The Python client under the conformance kit; `python -m tests.support.conformance.watcher_client`."""

import asyncio
import json
import sys
from asyncio import Task
from contextlib import suppress

from stickyboard.errors import ProducerError
from stickyboard.mirror import Mirror
from stickyboard.watcher import Watcher


class WatcherClient:
    """Follows with a `Watcher` whose waits have no jitter.

    Args:
        make_watcher: returns the watcher of a board, by URL and name.
    """

    def __init__(self, make_watcher=lambda url, board: Watcher(url, board, random=lambda: 0.0)) -> None:
        self._make_watcher = make_watcher
        self._following: Task[None] | None = None
        self.watcher: Watcher | None = None

    async def follow(self, url: str, board: str) -> None:
        await self.leave()
        self.watcher = self._make_watcher(url, board)
        self._following = asyncio.create_task(self._follow())

    async def picture(self):
        mirror = self.watcher.mirror if self.watcher else Mirror()
        return {name: mirror.values(name) for name in mirror.copies}

    async def ended(self) -> None:
        await self._following

    async def leave(self) -> None:
        if self._following:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    async def _follow(self) -> None:
        with suppress(ProducerError):
            async with self.watcher:
                async for _ in self.watcher:
                    pass


def say(**message: object) -> None:
    print(json.dumps(message), flush=True)


async def main() -> None:
    client = WatcherClient()
    ends = set()
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        if command["command"] == "follow":
            await client.follow(command["url"], command["board"])
            end = asyncio.create_task(client.ended())
            ends.add(end)
            end.add_done_callback(lambda task: task.cancelled() or say(event="ended"))
        elif command["command"] == "leave":
            await client.leave()
            say(event="left")
        elif command["command"] == "picture":
            say(event="picture", keyspaces=await client.picture())
    await client.leave()


if __name__ == "__main__":
    asyncio.run(main())
