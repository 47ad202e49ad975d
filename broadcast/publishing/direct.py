"""Applies events directly to the store: for processes that serve no board, and for `manage.py send_event`.

The updates also go to a channel layer that reaches other processes, so that browsers receive them within one tick.
Without one, the store notifies the servers on its file, or their reconcilers find the change within HEADS_S.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from asgiref.sync import async_to_sync
from channels.layers import BaseChannelLayer, InMemoryChannelLayer, get_channel_layer

from broadcast.conf import boards, settings
from broadcast.delivery.board_sender import BoardSender, by_board
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.errors import EventRefused, PolicyFailed
from broadcast.events.event_type import Checked, batches_of
from broadcast.events.validation import Validator
from broadcast.runtime import serving
from broadcast.stores.base import StickyCache
from broadcast.types import Delta

log = logging.getLogger("broadcast.publishing")

MAX_EVENTS_AT_ONCE = 1000


class Outcome(NamedTuple):
    """The number of accepted events, and the error of each refused one by its index."""

    accepted: int
    refused: list[tuple[int, EventRefused]]


def send(store: StickyCache, validator: Validator, lines: Iterable[bytes], *, is_dry: bool = False) -> Outcome:
    """Validate all events and apply the valid ones in order, up to a thousand per transaction.

    Raises:
        StoreError: the rest was not applied.
    """
    checked, refused, lines = list[Checked](), dict[int, EventRefused](), list(lines)
    for index, line in enumerate(lines):
        try:
            kind, write = validator.check(line)
        except EventRefused as error:
            refused[index] = error
        else:
            write.index = index
            checked.append((kind, write))
    for first in range(0, 0 if is_dry else len(checked), MAX_EVENTS_AT_ONCE):
        refused |= apply(store, validator, checked[first : first + MAX_EVENTS_AT_ONCE])
    return Outcome(len(lines) - len(refused), sorted(refused.items()))


def apply(store: StickyCache, validator: Validator, checked: Sequence[Checked]) -> dict[int, PolicyFailed]:
    """Apply valid events in one transaction, and send the updates; return the events whose policy failed, by index.

    Raises:
        StoreError: none of them was applied.
    """
    deliver(store, store.apply(batches_of(checked, validator.max_event_bytes)))
    return {write.index: PolicyFailed(write.failure) for _, write in checked if write.failure is not None}


def deliver(store: StickyCache, deltas: Sequence[Delta]) -> None:
    """Send the updates of changes that were applied directly; what is not sent is found in the store."""
    store.changed_elsewhere()
    if here := serving():
        sent = asyncio.run_coroutine_threadsafe(here.runtime.publisher.deliver(deltas), here.loop)
        sent.add_done_callback(_log_failure)
        return
    layer = get_channel_layer(settings().CHANNEL_LAYER)
    if layer is not None and not isinstance(layer, LocalChannelLayer | InMemoryChannelLayer):
        async_to_sync(_send)(layer, deltas)


def _log_failure(sent: Future[None]) -> None:
    if not sent.cancelled() and (exc := sent.exception()):
        log.error("an update could not be delivered in this process", exc_info=exc)


async def _send(layer: BaseChannelLayer, deltas: Sequence[Delta]) -> None:
    sender = BoardSender(layer)
    await sender.send(by_board(deltas, boards()))
    await sender.close()
