"""What one event loop shares: its store, layer, publisher and pulse."""

import asyncio
from dataclasses import dataclass
from typing import cast
from weakref import WeakKeyDictionary

from channels.layers import BaseChannelLayer, get_channel_layer
from django.core.cache import caches

from broadcast.caches.base import StickyCache
from broadcast.conf import Settings, boards, event_types, settings
from broadcast.publisher import Publisher
from broadcast.pulse import Pulse
from broadcast.validation import Validator

_runtimes: "WeakKeyDictionary[asyncio.AbstractEventLoop, Runtime]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Runtime:
    """The one of each that a process needs."""

    settings: Settings
    store: StickyCache
    layer: BaseChannelLayer
    publisher: Publisher
    pulse: Pulse
    validator: Validator


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
    return Runtime(conf, kept, layer, publisher, Pulse(kept, publisher, conf), validator)
