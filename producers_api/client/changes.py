"""What was last sent of each thing, so that it is sent again only when that helps. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from producers_api.client.encoding import encode_event
from producers_api.client.outbox import Receipt


class _Sent(NamedTuple):
    digest: int
    at: float
    receipt: Receipt


class ChangeMemory:
    """Remembers what was last sent of each thing.

    It knows the `max_things` things that were sent last; one it forgot counts as changed.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float], max_things: int = 10_000) -> None:
        self._clock = clock
        self._max_things = max_things
        self._sent: dict[bytes, _Sent] = {}

    def unchanged(self, thing: bytes, encoded: bytes, every_s: float) -> Receipt | None:
        """Return the receipt of the last event of a thing where that says it all, or None: then send.

        It does not where the event changed, is `every_s` old, or was dropped before it was sent.
        """
        last = self._sent.get(thing)
        if last is None or last.receipt.is_dropped or last.digest != hash(encoded):
            return None
        return last.receipt if self._clock() - last.at < every_s else None

    def remember(self, thing: bytes, encoded: bytes, receipt: Receipt) -> None:
        """Take note that this was sent now."""
        self._sent.pop(thing, None)
        self._sent[thing] = _Sent(hash(encoded), self._clock(), receipt)
        if len(self._sent) > self._max_things:
            del self._sent[next(iter(self._sent))]


def thing_of(event: Mapping[str, Any], identity: Sequence[str]) -> bytes:
    """Return what an event is about: its type, and the values of the fields that `identity` names.

    Raises:
        ValueError: the event has no field of that name.
    """
    missing = [name for name in identity if name not in event]
    if missing:
        msg = f'identity names "{missing[0]}", which the event does not have'
        raise ValueError(msg)
    return encode_event({"type": event["type"], "is": [event[name] for name in identity]})
