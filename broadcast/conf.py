"""The app's settings: one dict, `BROADCAST`, overrides the defaults of the dataclass below."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from broadcast.errors import did_you_mean
from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType


@dataclass(frozen=True)
class Settings:
    """Every key that `BROADCAST` may have, with its default."""

    EVENT_TYPES: str = ""
    """Dotted path of the list of event types."""

    BOARDS: str | Sequence[Board] | Mapping[str, Sequence[str]] = field(default_factory=dict)
    """A list of boards or its dotted path, or the event types of each board by its name.
    Empty: one board, "main", with all event types."""

    REQUIRE_LOGIN: bool | None = None
    """Whether users must log in to view a board. None: only if DEBUG is off."""

    CACHE: str = "sticky"
    """Alias in CACHES of the store."""

    CHANNEL_LAYER: str = "default"
    """Alias in CHANNEL_LAYERS of the layer that carries updates."""

    TICK_S: float = 1 / 60
    """Minimum interval between two updates of a board, in seconds."""

    MAX_PENDING_EVENTS: int = 50_000
    """Maximum number of events that wait for the store in one process. At the limit, producers get backpressure."""

    MAX_PENDING_BYTES: int = 64 * 1024 * 1024
    """Maximum size of the events that wait for the store in one process."""

    MAX_EVENT_BYTES: int = 64 * 1024
    """Maximum size of an event, unless its event type sets its own limit."""

    MAX_KEY_BYTES: int = 256
    """Maximum size of an entry's key, and of its lane."""

    MAX_MESSAGE_BYTES: int = 1024 * 1024
    """Maximum size of a producer's message. Daphne itself refuses more than 1 MiB."""

    MAX_BODY_BYTES: int = 1024 * 1024
    """Maximum size of the body of any other HTTP request. A project with uploads needs more."""

    MAX_BATCH_EVENTS: int = 1000
    """Maximum number of events in one message."""

    MAX_EVENTS_PER_S: int = 20_000
    """Rate limit of a token, in events per second, over all its connections and requests to one process."""

    MAX_UNACKNOWLEDGED: int = 64
    """Maximum number of unacknowledged messages of a producer. At the limit, the server stops reading from it."""

    MAX_PRODUCERS: int = 1000
    """Maximum number of producer connections to one process."""

    MAX_BROWSERS: int = 10_000
    """Maximum number of browser connections to one process."""

    MAX_CONNECTIONS_PER_ADDRESS: int = 2000
    """Maximum number of connections from one address to one process, of any kind."""

    REQUEST_S: float = 12.0
    """Timeout for receiving a whole request, or a whole message from a browser, in seconds."""

    MAX_SHARE: float = 0.25
    """Share of `MAX_PRODUCERS`, `MAX_BROWSERS` and `MAX_PENDING_*` that one token or one address may use."""

    WINDOW_UPDATES: int = 120
    """Maximum number of unacknowledged updates of a browser. At the limit, the server waits."""

    WINDOW_BYTES: int = 32 * 1024
    """Initial limit of a browser's unacknowledged bytes, until its speed is known. One update is always sent."""

    MAILBOX_UPDATES: int = 64
    """Maximum number of a board's updates that wait for a missing one. Beyond it, the store is read."""

    HEARTBEAT_S: float = 15.0
    """Interval between two heartbeats to a browser, in seconds."""

    SILENT_S: float = 120.0
    """Time without an acknowledgement after which a browser is closed with 4408, in seconds."""

    DRAIN_S: float = 5.0
    """Timeout for closing all sockets at shutdown, in seconds."""

    HEADS_S: float = 1.0
    """Interval between two comparisons of the boards with the store's heads, in seconds."""

    PROCESSES: int = 1
    """Number of server processes. `serve` starts as many, and system checks compare it with the store."""

    METRICS_TOKEN: str = ""
    """Token that Prometheus must send to read `/metrics`. Empty: there is no `/metrics`."""


@cache
def settings() -> Settings:
    """Return the effective settings.

    Raises:
        ImproperlyConfigured: a key is misspelt or a value has the wrong type.
    """
    given = getattr(django_settings, "BROADCAST", {})
    for problem in problems(given):
        raise ImproperlyConfigured(problem)
    return Settings(**given)


def problems(given: Any) -> Iterator[str]:
    """Yield a message for each invalid key or value."""
    if not isinstance(given, Mapping):
        yield f"BROADCAST is {type(given).__name__}; expected a dict"
        return
    defaults = Settings()
    known = [setting.name for setting in fields(Settings)]
    for name, value in given.items():
        if name not in known:
            yield f'BROADCAST has no key "{name}"{did_you_mean(str(name), known)}'
            continue
        default = getattr(defaults, name)
        if default is None and not (value is None or isinstance(value, bool)):
            yield f'BROADCAST["{name}"] is {value!r}; expected True, False or None'
        elif isinstance(default, int | float):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                yield f'BROADCAST["{name}"] is {value!r}; expected a number above 0, such as {default}'
            elif name == "MAX_SHARE" and value > 1:
                yield f'BROADCAST["{name}"] is {value!r}; expected a number above 0 and at most 1, such as {default}'
            elif isinstance(default, int) and not isinstance(value, int):
                yield f'BROADCAST["{name}"] is {value!r}; expected a whole number, such as {default}'
        elif isinstance(default, str) and not isinstance(value, str):
            yield f'BROADCAST["{name}"] is {value!r}; expected text'
        elif isinstance(default, Mapping) and not _is_boards(value):
            yield f'BROADCAST["{name}"] is {value!r}; expected a list of Board, its dotted path, or a dict of names'


def _is_boards(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(names, list | tuple) for names in value.values())
    return isinstance(value, str) or is_list_of(Board, value)


def is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, kind) for each in value)


def name_of_setting(name: str) -> str:
    """Return what to call one of Django's settings in a message: the variable that sets it, if there is one."""
    names: Mapping[str, str] = getattr(django_settings, "ENVIRONMENT_NAMES", {})
    return names.get(name, name)


declared: dict[object, Callable[[], EventType]] = {}
"""Event types that are not in the table, such as live models, by what declares them."""


@cache
def event_types() -> dict[str, EventType]:
    """Return the event types by name: those of the table, if there is one, and then those declared elsewhere."""
    path = settings().EVENT_TYPES
    table = import_string(path) if path else ()
    return {event_type.name: event_type for event_type in (*table, *(make() for make in list(declared.values())))}


@cache
def boards() -> dict[str, tuple[str, ...]]:
    """Return the event types of each board."""
    return {name: board.types_of(event_types()) for name, board in board_layouts().items()}


@cache
def board_layouts() -> dict[str, Board]:
    return {board.name: board for board in board_list()}


def board_list() -> Sequence[Board]:
    given = settings().BOARDS
    if isinstance(given, Mapping):
        # An empty list stays empty, because a board without scenes has all event types.
        given = [Board(name, scenes=types or [Scene()]) for name, types in given.items()]
    found: Sequence[Board] = import_string(given) if isinstance(given, str) else given
    return found or [Board("main")]


@cache
def layout_version(board: str) -> str:
    """Return the version of a board's scenes; "" for a board that is not declared."""
    layout = board_layouts().get(board)
    return layout.version(event_types()) if layout else ""


def clear_cached_settings(**_: Any) -> None:
    """Read all settings again at their next use, because tests change settings."""
    for cached in (settings, event_types, boards, board_layouts, layout_version):
        cached.cache_clear()


setting_changed.connect(clear_cached_settings)
