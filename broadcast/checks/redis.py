"""Checks of what is between several processes: the store, the layer, and the Redis that both may be in.

The first two look at settings only. `check_server` asks the server, so `manage.py check --deploy` runs it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from channels.layers import get_channel_layer
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Warn

from broadcast import conf
from broadcast.checks.settings import check_broadcast
from broadcast.runtime import store
from broadcast.stores.redis.cache import RedisCache
from broadcast.stores.sqlite.cache import SQLiteCache

if TYPE_CHECKING:
    from broadcast.stores.redis.topology import ServerFacts

OLDEST_REDIS: Final = 7
CORE_LAYER: Final = "channels_redis.core.RedisChannelLayer"
LAYERS_OF_ONE_PROCESS: Final = (
    "broadcast.delivery.local_layer.LocalChannelLayer",
    "channels.layers.InMemoryChannelLayer",
)


@register
def check_processes(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """Check layer and store against the number of processes; where the first checks find an error, nothing."""
    if check_broadcast():
        return []
    return [*check_idle_layer(), *check_shared()]


def check_idle_layer() -> Iterator[CheckMessage]:
    """W007: browsers that are sent nothing for 5 s lose their connection.

    Source: https://github.com/django/channels_redis/issues/422
    """
    layer = get_channel_layer(conf.settings().CHANNEL_LAYER)
    if CORE_LAYER not in _names_of(layer) or _major(_redis_version()) < 8:
        return
    if any("socket_timeout" not in host for host in layer.hosts):
        hint = (
            'Give each of its hosts "socket_timeout": None, as in {"hosts": [{"address": "redis://…",'
            ' "socket_timeout": None}]}, or take channels_redis.pubsub.RedisPubSubChannelLayer.'
        )
        said = f"redis-py {_redis_version()} ends the channel layer's waiting after 5 s, and the consumer with it"
        yield Warn(said, hint=hint, id="stickyboard.W007")


def check_shared() -> Iterator[CheckMessage]:
    """W008: the layer reaches one process of several. W009: the store is one file for several."""
    processes = conf.settings().PROCESSES
    if processes <= 1:
        return
    hint = "Set REDIS_URL, or whatever names a Redis in CACHES and CHANNEL_LAYERS."
    if _names_of(get_channel_layer(conf.settings().CHANNEL_LAYER)) & {*LAYERS_OF_ONE_PROCESS}:
        said = f"the channel layer reaches one of {processes} processes; browsers of the others wait up to HEADS_S"
        yield Warn(said, hint=hint, id="stickyboard.W008")
    kept = store()
    if isinstance(kept, SQLiteCache):
        is_memory = str(kept.location).startswith(":memory:")
        said = "each process has a store of its own" if is_memory else "one SQLite file serves one machine only"
        yield Warn(f"{said}, and there are {processes} processes", hint=hint, id="stickyboard.W009")


def check_server(kept: RedisCache) -> Iterator[CheckMessage]:
    """E022: a server is too old. E023: it may let keys go. W025: it does not keep what it was told.

    Raises:
        StoreError: the servers cannot be asked.
    """
    for facts in sorted(kept.link.facts()):
        yield from _of_server(facts)


def _of_server(facts: "ServerFacts") -> Iterator[CheckMessage]:
    if _major(facts.version) < OLDEST_REDIS:
        hint = f"Use Redis {OLDEST_REDIS} or newer, or Valkey."
        yield Error(f"the store's server is Redis {facts.version}", hint=hint, id="stickyboard.E022")
    if facts.eviction != "noeviction":
        hint = "Set maxmemory-policy noeviction: when memory is full, events are then refused, and nothing is lost."
        said = f"the store's server may let keys go when its memory is full (maxmemory-policy {facts.eviction})"
        yield Error(said, hint=hint, id="stickyboard.E023")
    if not facts.is_appending:
        lost = "what came after its last snapshot" if facts.saves else "everything that is kept"
        hint = "Set appendonly yes; with appendfsync everysec at most two seconds are lost, with always nothing."
        yield Warn(f"when the store's server ends, {lost} is lost", hint=hint, id="stickyboard.W025")


def _names_of(layer: Any) -> set[str]:
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in type(layer).__mro__}


def _redis_version() -> str:
    try:
        import redis
    except ImportError:
        return "0"
    return str(redis.__version__)


def _major(version: str) -> int:
    return int(version.partition(".")[0] or 0)
