"""`publish`, `apublish` and `publish_many`: events from views, signals, tasks and commands of the same project.

In a process that serves boards, the events go to its publisher, like those of producers. In any other process, they go
directly to the store.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.db import transaction

from broadcast.conf import settings
from broadcast.delivery.concurrency import running_loop
from broadcast.delivery.publisher import Failed
from broadcast.errors import EventRefused, InvalidEvent, StickyboardError, StoreUnavailable
from broadcast.events.event_type import Checked
from broadcast.publishing.direct import MAX_EVENTS_AT_ONCE, apply
from broadcast.publishing.encoding import encode_event
from broadcast.runtime import Runtime, serving, store, validator

log = logging.getLogger("broadcast.publishing")

PUBLISH_S = 10.0  # for the store's commit, and for room in the publisher
OPTIONS = {"on_commit", "outbox", "using"}  # of `publish`
OWNER = "this project"  # its events use at most MAX_SHARE of what may wait in the publisher


_Message = tuple[list[Checked], int]
"""Valid events that are applied together, and their size in bytes."""


def publish(
    event_type: str,
    fields: Mapping[str, Any] | None = None,
    /,
    *,
    on_commit: bool = True,
    outbox: bool = False,
    using: str | None = None,
    **more: Any,
) -> None:
    """Publish one event: `publish("order", shop="north", amount=3)`.

    Inside `atomic()`, the event is validated at once and published when the transaction commits; an error after the
    commit is logged. Otherwise, it is durable when this returns.

    Args:
        fields: fields in a mapping, for those that have the name of an option.
        on_commit: False to publish at once, whether or not the transaction commits.
        outbox: True to write a row in the transaction instead, which a relay publishes; see `outbox`.
        using: the alias of the database whose transaction is meant.
        more: fields of the event.

    Raises:
        EventRefused: the event is invalid; the message contains the path of the field.
        StoreError: the store is unavailable.
        SynchronousOnlyOperation: called on an event loop, which it would block; await `apublish` there.
    """
    publish_many([_event(event_type, fields, more)], on_commit=on_commit, outbox=outbox, using=using)


def publish_many(
    events: Iterable[Mapping[str, Any]], *, on_commit: bool = True, outbox: bool = False, using: str | None = None
) -> None:
    """Publish events such as `{"type": "order", "shop": "north", "amount": 3}` in order, a thousand at a time.

    If one of them is invalid, none is published. Otherwise like `publish`.
    """
    if running_loop() is not None:
        raise SynchronousOnlyOperation("publish() would block the event loop; use: await broadcast.apublish(…)")
    if outbox:
        from broadcast.publishing.outbox import write_rows

        events = list(events)
        list(_messages(events))  # validates all of them
        write_rows([encode_event(event).decode() for event in events], using)
        return
    messages = list(_messages(events))
    if on_commit and transaction.get_connection(using).in_atomic_block:
        # An error must not stop the project's other callbacks, and cannot undo the commit: Django logs it.
        transaction.on_commit(lambda: _send(messages, wait=False), using=using, robust=True)
    else:
        _send(messages, wait=True)


async def apublish(event_type: str, fields: Mapping[str, Any] | None = None, /, **more: Any) -> None:
    """Publish one event from an event loop. It is durable when this returns; Django has no async transactions.

    Raises:
        EventRefused, StoreError: see `publish`.
        TypeError: it has an option of `publish`.
    """
    if options := OPTIONS & more.keys():
        msg = f"apublish() has no option {min(options)}; await sync_to_async(broadcast.publish)(…), or pass a mapping"
        raise TypeError(msg)
    for message in _messages([_event(event_type, fields, more)]):
        here = serving()
        if here is None:
            failed = await asyncio.to_thread(apply, store(), validator(), message[0])
        else:
            sent = asyncio.run_coroutine_threadsafe(_put(here.runtime, message, wait=True), here.loop)
            failed = await asyncio.wrap_future(sent)
        _raise_first(failed)


def _event(event_type: str, fields: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(fields, Mapping | None):
        raise TypeError(f'expected fields by name, as in shop="north", or in a mapping, got {type(fields).__name__}')
    event = {**(fields or {}), **more}
    if "type" in event:
        raise InvalidEvent('the event type is the first argument; remove the field "type" at $.type')
    return {"type": event_type, **event}


def _messages(events: Iterable[Mapping[str, Any]]) -> Iterator[_Message]:
    """Yield the valid events in groups that fit into one message of a producer."""
    check, conf, writes, size = validator().check, settings(), list[Checked](), 0
    for index, event in enumerate(events):
        try:
            raw = encode_event(event)
            kind, write = check(raw)
        except EventRefused as error:
            error.add_note(f"event {index} of this call; nothing was published")
            raise
        if len(writes) >= MAX_EVENTS_AT_ONCE or size + len(raw) > conf.MAX_MESSAGE_BYTES:
            yield writes, size
            writes, size = [], 0
        write.index = index
        writes.append((kind, write))
        size += len(raw)
    if writes:
        yield writes, size


def _send(messages: Sequence[_Message], *, wait: bool) -> None:
    here = serving()
    for message in messages:
        if here is None:
            failed = apply(store(), validator(), message[0])
        else:
            sent = asyncio.run_coroutine_threadsafe(_put(here.runtime, message, wait=wait), here.loop)
            failed = _result_of(sent)
        _raise_first(failed)


def _result_of(sent: Future[Failed], timeout_s: float = PUBLISH_S) -> Failed:
    try:
        return sent.result(timeout_s + 1)  # longer than `_put` waits: a loop that has stopped runs nothing
    except TimeoutError:
        raise StoreUnavailable("the server is shutting down") from None


async def _put(shared: Runtime, message: _Message, *, wait: bool, timeout_s: float = PUBLISH_S) -> Failed:
    """Pass events to the publisher; wait for the commit, or only for room.

    Many events of one transaction would otherwise take a tick each.
    """
    try:
        async with asyncio.timeout(timeout_s):
            await shared.publisher.room(OWNER)
            committed = shared.publisher.put(*message, OWNER)
            if wait:
                return await committed
    except TimeoutError:
        raise StoreUnavailable(f"no commit within {timeout_s:g} s") from None
    committed.add_done_callback(_log_failure)
    return {}


def _log_failure(committed: "asyncio.Future[Failed]") -> None:
    if committed.cancelled():
        return
    try:
        _raise_first(committed.result())
    except StickyboardError as exc:
        log.error("an event was not published after its transaction: %s", exc)


def _raise_first(failed: Failed) -> None:
    for index, error in failed.items():
        error.add_note(f"event {index} of this call; the others were published")
        raise error
