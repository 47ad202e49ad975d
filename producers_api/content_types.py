"""What a POST's body bears, by its headers: gzip, NDJSON and CloudEvents besides what the socket takes. Pure.

Source: https://github.com/ndjson/ndjson-spec, and
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md (structured mode).
"""

import zlib

import msgspec

from broadcast.errors import BatchTooLarge, InvalidJSON, InvalidMessage, MessageTooLarge, UnsupportedEncoding
from broadcast.events.validation import UNDECODABLE, describe_decode_error
from producers_api.messages import Message, check_seq, read_message, without_mark

NDJSON = {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
CLOUD_EVENT = "application/cloudevents+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"
GZIP = {"gzip", "x-gzip"}
# What follows a member is copied, so thousands of empty ones would hold up the event loop for seconds.
MAX_MEMBERS = 100


class CloudEvent(msgspec.Struct):
    """One CloudEvent in structured mode; of its attributes only `type` is used."""

    specversion: str
    type: str
    data: dict[str, msgspec.Raw]


_decode_cloud_event = msgspec.json.Decoder(CloudEvent).decode
_decode_cloud_events = msgspec.json.Decoder(list[CloudEvent]).decode
_encode = msgspec.json.Encoder().encode


def unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Return a body as it was before its Content-Encoding, never making more than `max_bytes` of it.

    Raises:
        UnsupportedEncoding: it is neither gzip nor none.
        MessageTooLarge: it would be larger than a message may be.
        InvalidMessage: it is no gzip, ends too early, or has too many members.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in GZIP:
        raise UnsupportedEncoding(encoding)
    parts, room = [], max_bytes
    while body:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            part = unpacker.decompress(body, room + 1)
        except zlib.error as exc:
            raise InvalidMessage(f"expected a body in gzip: {exc}") from None
        room -= len(part)
        if room < 0:
            raise MessageTooLarge(max_bytes - room, max_bytes)
        if not unpacker.eof:
            raise InvalidMessage("expected a body in gzip, which ends too early")
        parts.append(part)
        if len(parts) == MAX_MEMBERS and unpacker.unused_data:
            raise InvalidMessage(f"expected a body in gzip of at most {MAX_MEMBERS} members")
        body = unpacker.unused_data  # a gzip file may have several members
    return b"".join(parts)


def message_in(body: bytes, content_type: str, seq: int, max_bytes: int, max_events: int) -> Message:
    """Take a body apart by its Content-Type; what has none of its own is read as on the socket.

    Several lines that are JSON objects are NDJSON whatever they are called, as curl calls everything a form.

    Args:
        seq: the number that the address gives to a body without one; 0 for none.

    Raises:
        MessageTooLarge, BatchTooLarge, InvalidJSON, InvalidMessage: as for `read_message`.
    """
    kind, body = content_type.partition(";")[0].strip().lower(), without_mark(body)
    if kind in (CLOUD_EVENT, CLOUD_EVENTS):
        message = Message(0, _cloud_events(body, kind))
    elif kind in NDJSON or _is_lines(body):
        # Each line, as several files with a mark may have been joined.
        lines = [without_mark(line.strip()) for line in body.split(b"\n")]
        message = Message(0, [msgspec.Raw(line) for line in lines if line])
    else:
        message = read_message(body, max_bytes, max_events)
    if len(message.events) > max_events:
        raise BatchTooLarge(len(message.events), max_events)
    return message if message.seq or not seq else Message(check_seq(seq), message.events)


def _is_lines(body: bytes) -> bool:
    """Whether the body's first line is a whole JSON object, and more follows."""
    first, _, rest = body.strip().partition(b"\n")
    first = first.strip()
    if not rest.strip() or not (first.startswith(b"{") and first.endswith(b"}")):
        return False
    try:
        msgspec.json.decode(first, type=dict[str, msgspec.Raw])
    except UNDECODABLE:
        return False
    return True


def _cloud_events(body: bytes, kind: str) -> list[msgspec.Raw]:
    try:
        found = [_decode_cloud_event(body)] if kind == CLOUD_EVENT else _decode_cloud_events(body)
    except msgspec.ValidationError as exc:
        raise InvalidMessage(f"expected a CloudEvent with specversion, type and data: {exc}") from None
    except UNDECODABLE as exc:
        raise InvalidJSON(describe_decode_error(exc)) from None
    return [_event_of(cloud_event) for cloud_event in found]


def _event_of(cloud_event: CloudEvent) -> msgspec.Raw:
    # CloudEvents wants types with a domain in front, as in "org.example.model_metric"; ours have no dots.
    event_type = cloud_event.type.rpartition(".")[2]
    return msgspec.Raw(_encode({**cloud_event.data, "type": event_type}))
