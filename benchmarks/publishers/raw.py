"""Publishes to the peers: bytes on one TCP connection, as each peer's protocol wants them."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from benchmarks.publishers.events import tick_text
from benchmarks.state import state_events

Encode = Callable[[bytes], bytes]


def websocket_text(payload: bytes, opcode: int = 1) -> bytes:
    """Return a client's update; its mask is zero, which costs the publisher nothing and the server the same."""
    length = len(payload)
    if length < 126:
        head = bytes([0x80 | opcode, 0x80 | length])
    elif length < 65536:
        head = bytes([0x80 | opcode, 0x80 | 126]) + length.to_bytes(2)
    else:
        head = bytes([0x80 | opcode, 0x80 | 127]) + length.to_bytes(8)
    return head + b"\0\0\0\0" + payload


def mqtt_publish(topic: bytes, payload: bytes, *, is_retained: bool = False) -> bytes:
    """Return a PUBLISH at QoS 0."""
    body = len(topic).to_bytes(2) + topic + payload
    return bytes([0x30 | is_retained]) + mqtt_length(len(body)) + body


def mqtt_length(length: int) -> bytes:
    """Return MQTT's "remaining length": seven bits a byte, lowest first."""
    encoded = b""
    while True:
        length, low = divmod(length, 128)
        encoded += bytes([low | (0x80 if length else 0)])
        if not length:
            return encoded


MQTT_CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x02\x58\x00\x00"  # clean session, keepalive 600 s, no name


def _nats(text: bytes) -> bytes:
    return b"PUB events %d\r\n%s\r\n" % (len(text), text)


def _nats_state(name: str, key: str, text: bytes) -> bytes:
    return b"PUB $KV.state.%s.%s done %d\r\n%s\r\n" % (name.encode(), key.encode(), len(text), text)


def _named(verb: str, name: str, key: str, text: bytes) -> bytes:
    return b'["%s","%s:%s",%s]' % (verb.encode(), name.encode(), key.encode(), text)


# kind -> (how an event is sent, how an entry of the state is sent, what the connection opens with)
PROTOCOLS: dict[str, tuple[Encode, Callable[[str, str, bytes], bytes], bytes]] = {
    "nats": (_nats, _nats_state, b'CONNECT {"verbose":false}\r\nSUB done 1\r\n'),
    "mqtt": (
        lambda text: mqtt_publish(b"events", text),
        lambda name, key, text: mqtt_publish(f"state/{name}/{key}".encode(), text, is_retained=True),
        MQTT_CONNECT,
    ),
    "websocket": (websocket_text, lambda _name, _key, text: websocket_text(text), b""),
    "engine-io": (
        lambda text: websocket_text(b'42["publish",%s]' % text),
        lambda *entry: websocket_text(b"42" + _named("keep", *entry)),
        websocket_text(b"40"),
    ),
    "recipe": (
        websocket_text,
        lambda *entry: websocket_text(_named("keep", *entry)),
        b"",
    ),
}


class RawOutlet:
    """One connection.

    Args:
        spec: `port`, `protocol`, and `handshake` and `state_handshake` (texts) where it begins with HTTP.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.encode, self.encode_state, self.opening = PROTOCOLS[spec["protocol"]]

    async def open(self) -> None:
        """Connect, and read away all answers from then on."""
        self.writer = await self._connect(self.spec.get("handshake", ""))

    async def publish(self, first_n: int, count: int, t_us: int) -> None:
        encode, size = self.encode, self.spec["size"]
        self.writer.write(b"".join([encode(tick_text(n, t_us, size)) for n in range(first_n, first_n + count)]))
        await self.writer.drain()

    async def publish_state(self) -> None:
        handshake = self.spec.get("state_handshake")
        writer = await self._connect(handshake) if handshake else self.writer
        for name, key, fields in state_events():
            text = json.dumps({"type": name, **fields}, separators=(",", ":")).encode()
            writer.write(self.encode_state(name, key, text))
            await writer.drain()

    async def fill(self, entries: int) -> None:
        raise NotImplementedError

    async def _connect(self, handshake: str) -> asyncio.StreamWriter:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.spec["port"])
        if handshake:
            writer.write(handshake.encode())
            await reader.readuntil(b"\r\n\r\n")
        writer.write(self.opening)
        if self.spec["protocol"] == "engine-io":
            await reader.readuntil(b"40{")  # what comes before the namespace is open is dropped
        self._reading = asyncio.create_task(_read_away(reader))
        return writer


async def _read_away(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionResetError):
        while await reader.read(65536):
            pass
