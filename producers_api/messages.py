"""The messages of a producer: an event, an array of events, or one or several numbered batches. Sans-I/O."""

import codecs
import contextlib

import msgspec

from broadcast.errors import BatchTooLarge, InvalidJSON, InvalidMessage, MessageTooLarge
from broadcast.events.validation import UNDECODABLE, describe_decode_error

MAX_SEQ = 2**53 - 1  # exact in every JSON parser
SPACE = b" \t\r\n"


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """Undecoded events. `seq` increases by one per message of a producer, which may be resent; 0 if it has none."""

    seq: int
    events: list[msgspec.Raw]


class _Head(msgspec.Struct):
    seq: int = 0
    events: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_numbered = msgspec.json.Decoder(Message).decode
_decode_batches = msgspec.json.Decoder(list[Message]).decode
_decode_head = msgspec.json.Decoder(_Head).decode
_decode_keys = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def read_messages(body: bytes, max_bytes: int, max_events: int) -> list[Message]:
    """Split what a socket received into its messages: the numbered batches of an array, or one.

    Raises:
        MessageTooLarge, BatchTooLarge, InvalidJSON, InvalidMessage: as for `read_message`; the limits apply to all.
    """
    if len(body) <= max_bytes and body.lstrip(SPACE)[:1] == b"[" and b'"seq"' in body:
        with contextlib.suppress(*UNDECODABLE):
            batches = list(map(_checked, _decode_batches(body)))
            events = sum(len(batch.events) for batch in batches)
            if events > max_events:
                raise BatchTooLarge(events, max_events)
            return batches
    return [read_message(body, max_bytes, max_events)]


def read_message(body: bytes, max_bytes: int, max_events: int) -> Message:
    """Split a message into events, without decoding them.

    Raises:
        MessageTooLarge, BatchTooLarge: it exceeds a limit.
        InvalidJSON: it is not JSON.
        InvalidMessage: it is JSON, but not a message.
    """
    if len(body) > max_bytes:
        raise MessageTooLarge(len(body), max_bytes)
    body = without_mark(body)
    try:
        message = _read(body)
    except msgspec.ValidationError as exc:
        raise InvalidMessage(f"expected an event, an array of events or a numbered batch: {exc}") from None
    except UNDECODABLE as exc:
        raise InvalidJSON(describe_decode_error(exc)) from None
    if len(message.events) > max_events:
        raise BatchTooLarge(len(message.events), max_events)
    return message


def without_mark(body: bytes) -> bytes:
    """Remove a leading byte order mark."""
    return body.removeprefix(codecs.BOM_UTF8)


def seq_of(body: bytes) -> int | None:
    """Return the sequence number of a refused message for the answer, or None."""
    try:
        head = _decode_head(without_mark(body))
    except UNDECODABLE:
        return None
    is_numbered = head.events is not msgspec.UNSET and head.type is msgspec.UNSET
    return head.seq or None if is_numbered else None


def _read(body: bytes) -> Message:
    if body.startswith(b'{"seq":'):
        try:
            return _checked(_decode_numbered(body))  # as clients write it; one pass
        except msgspec.ValidationError:
            pass
    if body.lstrip(SPACE)[:1] == b"[":
        return Message(0, _decode_array(body))
    keys = _decode_keys(body)
    if "events" not in keys or "type" in keys:
        return Message(0, [msgspec.Raw(body)])
    return _checked(_decode_numbered(body))


def check_seq(seq: int) -> int:
    if not 0 < seq <= MAX_SEQ:
        raise InvalidMessage(f"expected a seq from 1 to {MAX_SEQ}, got {seq} at $.seq")
    return seq


def _checked(message: Message) -> Message:
    check_seq(message.seq)
    return message
