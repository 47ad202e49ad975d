"""`publish`, as both producers have it: one awaits what it returns, the other does not."""

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from stickyboard.encoding import event_of

R = TypeVar("R")


class Publishing(ABC, Generic[R]):
    """Makes an event of a type and fields, and puts it; `R` is what `put` returns."""

    @abstractmethod
    def put(
        self,
        event: Mapping[str, Any],
        *,
        wait: bool = False,
        only_on_change: bool = False,
        every_s: float | None = 30.0,
        identity: Sequence[str] = (),
        origin: str | None = None,
    ) -> R:
        """Publish an event that is there already, `type` and all, as `publish` does.

        Args:
            origin: what errors name as the place it came from; None is the call itself.
        """

    def publish(
        self,
        event_type: str | Mapping[str, Any],
        fields: Mapping[str, Any] | None = None,
        /,
        *,
        wait: bool = False,
        only_on_change: bool = False,
        every_s: float | None = 30.0,
        identity: Sequence[str] = (),
        **more: Any,
    ) -> R:
        """Put one event into the buffer; it is sent in the background, in order.

        Waits only while the buffer is full or its spool cannot be written. Fields may come as keywords,
        as a mapping (which takes any name, `wait` too), or both.

        With `only_on_change`, call it as often or as seldom as you like: an event that says nothing
        new is not sent, and the last one is sent again every `every_s` by the producer itself, so that
        the page shows that it lives. All fields are compared, so leave out what always differs, such
        as the time.

        Args:
            event_type: the event's `type`, or a whole event that has one.
            fields: its fields; numbers and arrays of numpy and the like, times and more are converted, see
                docs/reference/client.md.
            wait: return only after the server has acknowledged the event as stored.
            only_on_change: send it only if it differs from the last one of its `identity`, or that
                one is `every_s` old.
            every_s: at which age the last event is sent again, by this call or by itself, in seconds;
                None is never. Not while it waits for its acknowledgement, nor after it was refused.
            identity: names of the fields that say what the event is about: `("model",)` compares
                each model's events with the last one of the same model. With none, all events of
                the type are compared with each other.
            more: fields that are laid over `fields`.

        Returns:
            The event's receipt; where there was nothing new to send, that of the last one.

        Raises:
            ValueError: a number is NaN, infinite or a whole one beyond 2**53 - 1 (the message names the
                field), the event is larger than a message may be, its fields name another type, it has no
                field that `identity` names, or `every_s` is not above 0. Nothing was sent.
            TypeError: a value is of a type that has no JSON form, such as bytes (the message names the field),
                or the event has no type. Nothing was sent.
            Rejected: with `wait`, the server refused this very event. Without, `on_error` gets it.
            Dropped: with `wait` and `when_full="drop"`, it was given up for a newer one.
            NotAuthorised, ProtocolRefused: the server will not have this producer.
        """
        event = event_of(event_type, fields, more)
        return self.put(event, wait=wait, only_on_change=only_on_change, every_s=every_s, identity=identity)


_HERE = str(Path(__file__).parent)
_ASYNCIO = str(Path(asyncio.__file__).parent)


def caller() -> str:
    """Return where this package was called from, as `train.py:41`; "" where a task of its own called it."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename.startswith(_ASYNCIO):
        return ""
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
