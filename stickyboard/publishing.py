"""`publish`, for both producers: one returns an awaitable, the other the receipt itself."""

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any, Generic, TypeVar

from stickyboard.encoding import event_of

R = TypeVar("R")


class Publishing(Generic[R]):
    """Builds an event from its type and fields, and passes it to `put`; `R` is what `put` returns."""

    put: Callable[..., R]
    """Publishes a complete event, including its type; errors name the call `origin`, by default the caller."""

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
        """Add one event to the buffer; events are sent in the background, in order.

        Waits only while the buffer is full or its spool cannot be written. Fields can be keyword arguments, a mapping
        (for names such as `wait`), or both.

        With `only_on_change`, an event that equals the last one of its `identity` is not sent. The producer sends the
        last event again every `every_s`, so that the board shows that the producer is alive. All fields are compared,
        so omit those that always differ, such as the time.

        Args:
            event_type: the event's `type`, or a complete event.
            fields: the event's fields; docs/reference/client.md lists the types that are converted.
            wait: return only after the server has acknowledged that the event is stored.
            only_on_change: send the event only if it differs from the last one of its `identity`, or if that one is
                `every_s` old.
            every_s: the age at which the last event is sent again, in seconds; None means never. An event that is
                unacknowledged or was rejected is not sent again.
            identity: the fields that identify what the event is about: `("model",)` compares each event with the last
                one of the same model. By default, each event is compared with the last one of its type.
            more: fields that take precedence over `fields`.

        Returns:
            The event's receipt; if nothing was sent, the receipt of the last event.

        Raises:
            ValueError: a number is NaN, infinite, or an integer beyond 2**53 - 1 (the message names the field); the
                event is larger than a message may be; its fields name another type; it lacks a field of `identity`;
                or `every_s` is not above 0. Nothing was sent.
            TypeError: a value has a type without a JSON form, such as bytes (the message names the field), or the
                event has no type. Nothing was sent.
            Rejected: with `wait`, the server refused this event. Without it, `on_error` receives this error.
            Dropped: with `wait` and `when_full="drop"`, the event was discarded.
            TokenRefused, ProtocolRefused: the server does not accept this producer.
        """
        event = event_of(event_type, fields, more)
        return self.put(event, wait=wait, only_on_change=only_on_change, every_s=every_s, identity=identity)


_HERE = str(Path(__file__).parent)
_ASYNCIO = str(Path(asyncio.__file__).parent)


def calling_frame() -> FrameType | None:
    """Return the first frame outside this package."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame


def caller() -> str:
    """Return the line that called this package, such as `train.py:41`; "" if one of its own tasks did."""
    frame = calling_frame()
    if frame is None or frame.f_code.co_filename.startswith(_ASYNCIO):
        return ""
    return f"{_name_of(frame.f_code.co_filename)}:{frame.f_lineno}"


@lru_cache  # a path takes longer than the rest of `publish`
def _name_of(filename: str) -> str:
    return Path(filename).name
