"""System checks that report configuration errors, with a hint, before the first event."""

import re
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from django.core.cache import InvalidCacheBackendError, caches
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from broadcast import conf, permissions
from broadcast.errors import StickyboardError, did_you_mean
from broadcast.events.board import Board
from broadcast.events.event_type import EventType
from broadcast.live.registry import live_models
from broadcast.stores.base import StickyCache

BOARD_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
LAYER_KEYS = ("BACKEND", "CONFIG", "TEST_CONFIG", "ROUTING")  # the last is refused by Channels itself


@register
def check_broadcast(**_: Any) -> list[CheckMessage]:
    """Check settings, event types, boards, store and layer, in this order; later checks need earlier ones."""
    for check in (check_settings, check_live_models, check_event_types, check_boards, check_store, check_layer):
        if found := list(check()):
            return found
    return []


def check_settings() -> Iterator[CheckMessage]:
    """E001: a key of BROADCAST is misspelt or has an invalid value."""
    hint = "See docs/reference/settings.md for every key, its unit and its default."
    for problem in conf.problems(getattr(django_settings, "BROADCAST", {})):
        yield Error(problem, hint=hint, id="stickyboard.E001")


def check_live_models() -> Iterator[CheckMessage]:
    """E040: a live model cannot work."""
    found = [each for live in live_models() for each in live.problems()]
    for problem, hint in found or [each for live in live_models() for each in live.queryset_problems()]:
        yield Error(problem, hint=hint, id="stickyboard.E040")


def check_event_types() -> Iterator[CheckMessage]:
    """E002: the table cannot be imported. E003: an event type is invalid."""
    path = conf.settings().EVENT_TYPES
    try:
        table = import_string(path) if path else []
    except Exception as exc:  # importing runs the deployment's own code, which may raise anything
        hint = 'BROADCAST["EVENT_TYPES"] must be the dotted path of a list of EventType.'
        problem = f'event types "{path}" cannot be imported: {exc}{_location_of(path, exc)}'
        yield Error(problem, hint=hint, id="stickyboard.E002")
        return
    hint = f"Correct its line in {path.rpartition('.')[0]}." if path else "Correct the live model."
    if not conf.is_list_of(EventType, table):
        yield Error(f'"{path}" is not a list of EventType', hint=hint, id="stickyboard.E003")
        return
    kinds = [*table, *(live.event_type for live in live_models())]
    for kind in kinds:
        yield from (Error(problem, hint=hint, id="stickyboard.E003") for problem in kind.problems())
    twice = _repeated(kind.name for kind in kinds)
    if any(live.event_name in twice for live in live_models()):
        hint = "Set the attribute name of the live model to another name."
    for name in twice:
        yield Error(f'event type "{name}" is defined twice', hint=hint, id="stickyboard.E003")


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _location_of(path: str, exc: Exception) -> str:
    """Return the line of the table's module that raised, as " at event_types.py:147"; "" for other modules."""
    module = path.split(".")[-2] if "." in path else ""
    updates = reversed(traceback.extract_tb(exc.__traceback__))
    files = ((Path(update.filename), update.lineno) for update in updates)
    return next((f" at {file.name}:{line}" for file, line in files if file.stem == module), "")


def check_boards() -> Iterator[CheckMessage]:
    """E004: a board cannot be imported, is not valid, or has no event type, or one that does not exist."""
    path = conf.settings().BOARDS
    try:
        found = import_string(path) if isinstance(path, str) else []
    except Exception as exc:  # importing runs the deployment's own code, which may raise anything
        hint = 'BROADCAST["BOARDS"] must be a list of Board, or its dotted path.'
        problem = f'boards "{path}" cannot be imported: {exc}{_location_of(str(path), exc)}'
        yield Error(problem, hint=hint, id="stickyboard.E004")
        return
    if not conf.is_list_of(Board, found):
        yield Error(f'"{path}" is not a list of Board', id="stickyboard.E004")
        return
    for board in conf.board_list():
        yield from (Error(problem, hint=hint, id="stickyboard.E004") for problem, hint in _board_problems(board))
    for name in _repeated(board.name for board in conf.board_list()):
        yield Error(f'two boards have the name "{name}"', hint="Give each board its own name.", id="stickyboard.E004")


def _board_problems(board: Board) -> Iterator[tuple[str, str]]:
    if not isinstance(board.name, str) or not BOARD_NAME.fullmatch(board.name):
        hint = "Use up to 60 letters, digits, hyphens, underscores and dots."
        yield f'board name "{board.name}" is invalid in a URL', hint
    for problem in board.problems():
        yield problem, "See docs/reference/event_types.md for boards and scenes."
    for problem in permissions.problems_of(board):
        yield problem, "See docs/how-to/secure.md for the permissions of boards."
    for scene in board.scenes_of(()):
        if not scene.event_types:
            hint = "List its event types; without BOARDS, the board main has all of them."
            yield f'board "{board.name}" has no event type', hint
        for name in scene.event_types:
            if name not in conf.event_types():
                hint = f"The event types are {', '.join(conf.event_types())}."
                suggestion = did_you_mean(str(name), list(conf.event_types()))
                yield f'board "{board.name}" has an unknown event type "{name}"{suggestion}', hint


def check_store() -> Iterator[CheckMessage]:
    """E005: the store is not a backend that can answer `since`."""
    alias = conf.settings().CACHE
    hint = f'Set CACHES["{alias}"] to {{"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": <file>}}.'
    try:
        is_store = alias in django_settings.CACHES and isinstance(caches[alias], StickyCache)
    except (InvalidCacheBackendError, StickyboardError) as exc:
        yield Error(f'CACHES["{alias}"] cannot be used: {exc}', hint=hint, id="stickyboard.E005")
    else:
        if not is_store:
            yield Error(f'CACHES["{alias}"] is not a Stickyboard store', hint=hint, id="stickyboard.E005")


def check_layer() -> Iterator[CheckMessage]:
    """E006: there is no channel layer for updates, or it is configured wrongly."""
    alias = conf.settings().CHANNEL_LAYER
    hint = (
        f'Set CHANNEL_LAYERS["{alias}"] to {{"BACKEND": "broadcast.delivery.local_layer.LocalChannelLayer"}};'
        ' its options, capacity and channel_capacity, go into a dict under "CONFIG".'
    )
    problem = layer_problem(alias)
    if problem.endswith(("'channels_redis'", "'redis'")):
        hint = "Install the packages for Redis; in a checkout: pip install '.[server,redis]'."
    if problem:
        yield Error(problem, hint=hint, id="stickyboard.E006")


def layer_problem(alias: str) -> str:
    """Return what is wrong with a channel layer, "" if nothing is."""
    name = f'CHANNEL_LAYERS["{alias}"]'
    configured = getattr(django_settings, "CHANNEL_LAYERS", {}).get(alias)
    if configured is None:
        return f"there is no {name}"
    if not isinstance(configured, Mapping):
        return f"{name} is {configured!r}; expected a dict"
    for key in configured:
        if key not in LAYER_KEYS:
            return f'{name} has no key "{key}"{did_you_mean(str(key), LAYER_KEYS)}'
    try:
        layer = get_channel_layer(alias)
    except Exception as exc:  # a backend may raise anything for an unknown option
        is_missing = isinstance(exc.__context__, ModuleNotFoundError)
        return f"{name} cannot be used: {exc}" + (f": {exc.__context__}" if is_missing else "")
    # From the instance, because attributes of channels_redis's pub/sub layer need an event loop.
    capacity = vars(layer).get("capacity", 1)
    if not isinstance(capacity, int) or capacity < 1:
        return f"{name}: capacity is {capacity!r}; expected a whole number above 0"
    return ""
