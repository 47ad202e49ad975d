"""The objects that one event loop shares: store, layer, publisher, reconciler, and a fan-out per board."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from channels.layers import BaseChannelLayer, get_channel_layer
from django.core.cache import caches

from broadcast.conf import Settings, boards, event_types, layout_version, settings
from broadcast.delivery.compression import Deflater
from broadcast.delivery.fanout import LINGER_S, Fanout
from broadcast.delivery.publisher import Publisher
from broadcast.delivery.reconcile import Reconciler
from broadcast.delivery.state_cache import StateCache
from broadcast.delivery.updates import Update
from broadcast.errors import UnknownBoard
from broadcast.events.event_type import EventType
from broadcast.events.validation import Validator
from broadcast.ops.connections import Connections
from broadcast.ops.counters import Meters
from broadcast.ops.mismatches import Mismatches
from broadcast.ops.probe import Probe
from broadcast.ops.processes import Processes
from broadcast.server.connection_gate import gate
from broadcast.shutdown import Drain, arm
from broadcast.stores.base import StickyCache

_runtimes: "WeakKeyDictionary[asyncio.AbstractEventLoop, Runtime]" = WeakKeyDictionary()


@dataclass(eq=False)
class Runtime:
    """One of each object that a process needs."""

    settings: Settings
    event_types: Mapping[str, EventType]
    boards: Mapping[str, Sequence[str]]
    store: StickyCache
    layer: BaseChannelLayer
    publisher: Publisher
    clock: Callable[[], float] = time.monotonic
    deflater: Deflater = field(default_factory=Deflater)

    def __post_init__(self) -> None:
        conf = self.settings
        self.reconciler = Reconciler(self.store, self.publisher, conf, self.clock)
        self.validator = Validator(self.event_types, conf.MAX_EVENT_BYTES, conf.MAX_KEY_BYTES)
        self.states = StateCache(self._state_of)
        self.processes = Processes(self.store, self.meters, self._level)
        self.drain = Drain(self.publisher, self.connections, conf.DRAIN_S)
        self.probe = Probe(self.store, lambda: self.publisher.failure)
        self.mismatches = Mismatches(self.meters, self.clock)
        self._fanouts: dict[tuple[str, str], Fanout] = {}
        self._leaving: dict[Fanout, asyncio.Task[None]] = {}

    def _level(self) -> dict[str, Any]:
        return {**self.publisher.level(), "is_draining": self.drain.is_begun, **gate.reading()}

    @property
    def meters(self) -> Meters:
        return self.publisher.meters

    @property
    def connections(self) -> Connections:
        return self.processes.connections

    def fanout_of(self, board: str, scene: str = "", names: Sequence[str] | None = None) -> Fanout:
        """Return a board's fan-out, or that of one of its scenes, which has only the scene's event types.

        Raises:
            UnknownBoard: no board has this name.
        """
        if board not in self.boards:
            raise UnknownBoard(board, self.boards)
        key = board, scene
        if key not in self._fanouts:
            types = {name: self.event_types[name] for name in names or self.boards[board]}
            shared = (self.store, self.layer, self.publisher, self.settings, self.clock)
            self._fanouts[key] = Fanout(board, types, *shared, layout=layout_version(board), scene=scene)
        return self._fanouts[key]

    async def _state_of(self, names: tuple[str, ...]) -> Update:
        """Return the complete state of event types, from the smallest board that has all of them."""
        boards = [board for board, types in self.boards.items() if set(names) <= set(types)]
        fanout = self.fanout_of(min(boards, key=lambda board: len(self.boards[board])))
        await fanout.refresh()
        return fanout.replica.replay({}, names)

    def leave_when_unused(self, fanout: Fanout) -> None:
        """Leave a board that nobody displays, but `LINGER_S` later, because most pages that leave are reloaded."""
        if not len(fanout) and fanout not in self._leaving:
            self._leaving[fanout] = asyncio.create_task(self._leave(fanout), name=f"sticky-leave-{fanout.board}")

    async def _leave(self, fanout: Fanout) -> None:
        try:
            await asyncio.sleep(0 if self.drain.is_begun else LINGER_S)
        finally:  # also if the event loop ends
            del self._leaving[fanout]
            if not len(fanout):
                self.reconciler.leave(fanout)
        await fanout.leave()


def store() -> StickyCache:
    """Return the store that `BROADCAST["CACHE"]` names."""
    return cast(StickyCache, caches[settings().CACHE])


def runtime() -> Runtime:
    """Return the running event loop's runtime; create it at its first use, as not every server supports lifespan."""
    loop = asyncio.get_running_loop()
    if loop not in _runtimes:
        _runtimes[loop] = _make()
        # The first socket or request: by now every server has installed its signal handlers.
        arm(_runtimes[loop].drain)
    return _runtimes[loop]


class Serving(NamedTuple):
    """A running event loop with a runtime."""

    loop: asyncio.AbstractEventLoop
    runtime: Runtime


def serving() -> Serving | None:
    """Return the event loop of this process that serves boards, in any thread; None if the process serves none."""
    running = [Serving(loop, shared) for loop, shared in list(_runtimes.items()) if loop.is_running()]
    return running[0] if running else None


def validator() -> Validator:
    return Validator(event_types(), settings().MAX_EVENT_BYTES, settings().MAX_KEY_BYTES)


def _make() -> Runtime:
    conf, sticky = settings(), store()
    layer = get_channel_layer(conf.CHANNEL_LAYER)
    publisher = Publisher(sticky, layer, event_types(), boards(), conf)
    return Runtime(conf, event_types(), boards(), sticky, layer, publisher)
