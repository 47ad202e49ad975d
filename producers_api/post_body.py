"""Decodes the body of a POST by its headers: gzip, NDJSON, CloudEvents, or a message as on the socket. Sans-I/O.

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
UNLABELLED = {"", "application/x-www-form-urlencoded"}  # curl labels every body as a form
GZIP = {"gzip", "x-gzip"}
# The rest of the body is copied per member, so thousands of empty members would block the event loop for seconds.
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
    """Decompress a body, to at most `max_bytes`.

    Raises:
        UnsupportedEncoding: it is neither gzip nor none.
        MessageTooLarge: the result exceeds the limit.
        InvalidMessage: it is not gzip, is truncated, or has too many members.
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
    """Split a body into events by its Content-Type; the default is a message as on the socket.

    Several lines of JSON objects are NDJSON whatever the Content-Type: curl labels every body as a form.

    Args:
        seq: the sequence number in the query string, for a body without one; 0 for none.

    Raises:
        MessageTooLarge, BatchTooLarge, InvalidJSON, InvalidMessage: as for `read_message`.
    """
    kind, body = content_type.partition(";")[0].strip().lower(), without_mark(body)
    if kind in (CLOUD_EVENT, CLOUD_EVENTS):
        message = Message(0, _cloud_events(body, kind))
    elif kind in NDJSON or _is_lines(body):
        # On each line, because files with byte order marks may have been concatenated.
        lines = [without_mark(line.strip()) for line in body.split(b"\n")]
        message = Message(0, [msgspec.Raw(line) for line in lines if line])
    else:
        message = _read_json(body, kind, max_bytes, max_events)
    if len(message.events) > max_events:
        raise BatchTooLarge(len(message.events), max_events)
    return message if message.seq or not seq else Message(check_seq(seq), message.events)


def _read_json(body: bytes, kind: str, max_bytes: int, max_events: int) -> Message:
    try:
        return read_message(body, max_bytes, max_events)
    except InvalidJSON as exc:
        if kind in UNLABELLED or kind.endswith("json"):
            raise
        reason = str(exc).removeprefix(str(InvalidJSON("")))
        raise InvalidJSON(f'{reason}; expected a Content-Type of application/json, got "{kind[:80]}"') from None


def _is_lines(body: bytes) -> bool:
    """Whether the first of several lines is a complete JSON object."""
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
    # CloudEvents prefixes types with a domain, as in "org.example.model_metric"; ours have no dots.
    event_type = cloud_event.type.rpartition(".")[2]
    return msgspec.Raw(_encode({**cloud_event.data, "type": event_type}))
