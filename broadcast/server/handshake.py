"""The opening handshake of a WebSocket, from a request that the HTTP protocol has parsed. Sans-I/O.

uvicorn writes such a request down again for the parser of websockets, which took a third of a browser's connect.

Source: RFC 6455, sections 4.2.1 and 4.2.2.
"""

import hashlib
import re
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

Headers = Iterable[tuple[bytes, bytes]]

KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")  # 16 bytes
VERSION: Final = b"13"
UNSAFE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # a line break would begin another header
GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class HandshakeRefused(Exception):
    """The request opens no WebSocket."""


def joined(headers: Headers) -> dict[bytes, bytes]:
    """Return headers by name; those of one name are joined by commas, as RFC 9110, section 5.3, permits."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = found[name] + b"," + value if name in found else value
    return found


def accept_key(method: str, http_version: str, headers: Mapping[bytes, bytes]) -> bytes:
    """Return the answer to the key of a request whose `Connection` and `Upgrade` request a WebSocket.

    Raises:
        HandshakeRefused: with the reason, for the peer.
    """
    if method != "GET" or http_version != "1.1":
        raise HandshakeRefused("expected GET and HTTP/1.1")
    if headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
        raise HandshakeRefused("expected no body, which would be read as frames")
    if b"," in headers.get(b"origin", b""):
        raise HandshakeRefused("expected one Origin")
    if headers.get(b"sec-websocket-version") != VERSION:
        raise HandshakeRefused(f"expected Sec-WebSocket-Version: {VERSION.decode()}")
    key = headers.get(b"sec-websocket-key", b"")
    if not KEY.fullmatch(key):
        raise HandshakeRefused("expected Sec-WebSocket-Key: 16 bytes in base64")
    return b2a_base64(hashlib.sha1(key + GUID, usedforsecurity=False).digest(), newline=False)


def response_head(key: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return the response that completes the handshake.

    Raises:
        ValueError: a header of the application contains a control character.
    """
    for name, value in headers:
        if UNSAFE.search(name) or UNSAFE.search(value):
            raise ValueError(f"expected no control character in a header, got {name + b': ' + value!r}")
    lines = [b"%b: %b\r\n" % (name, value) for name, value in headers]
    start = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return b"".join([start, b"Sec-WebSocket-Accept: %b\r\n" % key, *lines, b"\r\n"])


def subprotocols(headers: Mapping[bytes, bytes]) -> list[str]:
    """Return the subprotocols that a request offers."""
    offered = headers.get(b"sec-websocket-protocol")
    return [name.strip() for name in offered.decode("latin-1").split(",")] if offered is not None else []
