"""A channel layer with the faults that a test chooses; it also records what is sent."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from broadcast.delivery.local_layer import LocalChannelLayer

FORWARD, LOSE, DOUBLE, HOLD, RELEASE = "forward", "lose", "double", "hold", "release"
COPIES = {FORWARD: 1, LOSE: 0, DOUBLE: 2, HOLD: 0, RELEASE: 1}


class Network:
    """Carries messages to the layers of all processes.

    Args:
        faults: the fault of each message at each layer in turn. `HOLD` delays a message until `release`; `RELEASE`
            forwards one, and then those that were held. Messages after the last fault are forwarded.
    """

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self.layers: list[FaultyLayer] = []
        self._faults = iter(faults)
        self._held: list[Callable[[], Awaitable[None]]] = []

    async def carry(self, group: str, message: dict[str, Any]) -> None:
        for layer in list(self.layers):
            await self.deliver(partial(layer.deliver, group, message))

    async def deliver(self, receive: Callable[[], Awaitable[None]]) -> None:
        """Call a receiver as often as the next fault says."""
        fault = next(self._faults, FORWARD)
        if fault == HOLD:
            self._held.append(receive)
        for _ in range(COPIES[fault]):
            await receive()
        if fault == RELEASE:
            await self.release()

    async def release(self) -> None:
        """Deliver the held messages, the last one first."""
        held, self._held = self._held, []
        for receive in reversed(held):
            await receive()


class FaultyLayer(LocalChannelLayer):
    """One process's end of a network.

    Args:
        network: the network; by default, one of its own without faults.
        gates: what an operation or a group waits for, such as "group_add" or "sticky.board.main".

    Attributes:
        down: the operations and groups that raise ConnectionError.
        calls: how often an operation was called, and for which group.
        sent: each message that was sent, with its group.
    """

    def __init__(self, network: Network | None = None, gates: Mapping[str, asyncio.Event] | None = None) -> None:
        super().__init__()
        self.network = network or Network()
        self.network.layers.append(self)
        self.gates, self.down = dict(gates or {}), set[str]()
        self.calls = Counter[str]()
        self.sent: list[tuple[str, dict[str, Any]]] = []

    async def new_channel(self, prefix: str = "specific.") -> str:
        await self._begin("new_channel")
        return await super().new_channel(prefix)

    async def receive(self, channel: str) -> dict[str, Any]:
        message = await super().receive(channel)
        await self._begin("receive")
        return message

    async def group_add(self, group: str, channel: str) -> None:
        await self._begin("group_add", group)
        await super().group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._begin("group_discard", group)
        await super().group_discard(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._begin("group_send", group)
        await self.network.carry(group, message)
        self.sent.append((group, message))

    async def deliver(self, group: str, message: dict[str, Any]) -> None:
        await super().group_send(group, message)

    async def _begin(self, *names: str) -> None:
        self.calls.update(names)
        for name in names:
            if name in self.gates:
                await self.gates[name].wait()
            if name in self.down:
                raise ConnectionError(f"{name} is down")
