"""What one event loop shares: its store, layer, publisher and pulse."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from weakref import WeakKeyDictionary

from channels.layers import BaseChannelLayer, get_channel_layer
from django.core.cache import caches

from broadcast.caches.base import StickyCache
from broadcast.conf import Settings, boards, event_types, settings
from broadcast.errors import UnknownBoard
from broadcast.event_type import EventType
from broadcast.publisher import Publisher
from broadcast.pulse import Pulse
from broadcast.validation import Validator

_runtimes: "WeakKeyDictionary[asyncio.AbstractEventLoop, Runtime]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Runtime:
    """The one of each that a process needs."""

    settings: Settings
    event_types: Mapping[str, EventType]
    boards: Mapping[str, Sequence[str]]
    store: StickyCache
    layer: BaseChannelLayer
    publisher: Publisher
    pulse: Pulse
    validator: Validator

    def types_of(self, board: str) -> Sequence[str]:
        """Return the names of the event types that a board shows.

        Raises:
            UnknownBoard: there is no such board.
        """
        if board not in self.boards:
            raise UnknownBoard(board, self.boards)
        return self.boards[board]


def store() -> StickyCache:
    """Return the store, as `settings.BROADCAST["CACHE"]` names it."""
    return cast(StickyCache, caches[settings().CACHE])


def runtime() -> Runtime:
    """Return the running event loop's runtime, made at its first use (not every server has lifespan)."""
    loop = asyncio.get_running_loop()
    if loop not in _runtimes:
        _runtimes[loop] = _make()
    return _runtimes[loop]


def _make() -> Runtime:
    conf, kept = settings(), store()
    layer = get_channel_layer(conf.CHANNEL_LAYER)
    publisher = Publisher(kept, layer, event_types(), boards(), conf)
    validator = Validator(event_types(), conf.MAX_EVENT_BYTES, conf.MAX_KEY_BYTES)
    return Runtime(conf, event_types(), boards(), kept, layer, publisher, Pulse(kept, publisher, conf), validator)
