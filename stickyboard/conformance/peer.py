"""The server's side of a case: one method for each step, and what the client is expected to do."""

import asyncio
import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

from stickyboard.conformance.program import Client, Picture
from stickyboard.connection import PROTOCOL
from stickyboard.watcher import MAX_PER_S, MIN_PER_S

BOARD: Final = "main"
HELLO: Final = {
    "op": "hello",
    "protocol": PROTOCOL,
    "board": BOARD,
    "server_time": 1790000000.0,
    "heartbeat_s": 15.0,
    "window": {"updates": 2, "bytes": 1_048_576},  # so that every update is acknowledged at once
    "keyspaces": {},
    "max_per_s": MAX_PER_S,
}
MAX_SHOWN: Final = 300

Heads = Mapping[str, tuple[str, int]]


class Failure(Exception):
    """The client did not do what a case expects."""


@dataclass
class Peer:
    """The server's side of one case."""

    client: Client
    connections: asyncio.Queue[ServerConnection] = field(default_factory=asyncio.Queue)
    socket: ServerConnection | None = None
    sent_updates: int = 0
    awaited: str = "the client"  # for the message of a step that takes too long

    async def serve(self, socket: ServerConnection) -> None:
        """Hand a connection to the steps, and keep it open until they or the client close it."""
        await self.connections.put(socket)
        await socket.wait_closed()

    async def next_connection(self) -> None:
        self.awaited = "a connection"
        self.socket, self.sent_updates = await self.connections.get(), 0

    def text_of(self, message: Mapping[str, Any]) -> str:
        """Return a message as text, and count it if it is an update."""
        self.sent_updates += message["op"] == "update"
        return json.dumps(message, ensure_ascii=False)

    async def receive_resume(self) -> Heads:
        """Return the cursor in the first message."""
        self.awaited = "a message with the cursor"
        message = json.loads(await self.connection.recv())
        expect("the first message's op", message.get("op"), "resume")
        return {name: (epoch, revision) for name, (epoch, revision) in message["cursor"].items()}

    @property
    def connection(self) -> ServerConnection:
        if self.socket is None:
            raise ValueError('a case starts with "connect"')
        return self.socket

    @property
    def request(self) -> Request:
        """The handshake of the newest connection."""
        return cast("Request", self.connection.request)


class Steps(Peer):
    """The steps of cases; each method is the step of its name, with its argument."""

    async def connect(self, cursor: Mapping[str, list[Any]]) -> None:
        await self.next_connection()
        parts = urlsplit(self.request.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        expect("the path", parts.path, f"/ws/board/{BOARD}/")
        expect("the protocol", query.get("protocol"), [str(PROTOCOL)])
        expect("the header Origin", self.request.headers.get("Origin"), f"http://{self.request.headers['Host']}")
        got = await self.receive_resume() if query.get("resume") == ["1"] else heads_of(query.get("cursor", [""])[0])
        expect("the cursor", got, {name: (epoch, revision) for name, (epoch, revision) in cursor.items()})

    async def connect_by_message(self, cursor: Mapping[str, list[Any]]) -> None:
        """Expect a connection whose cursor is too long for an address."""
        await self.connect(cursor)
        if "resume=1" not in self.request.path:
            raise Failure(f"the address has {len(self.request.path)} characters, and no resume=1")

    async def hello(self, changes: Mapping[str, Any]) -> None:
        await self.send({**HELLO, **changes})

    async def update(self, sections: list[Any]) -> None:
        await self.send({"op": "update", "sections": sections})

    async def last_update(self, sections: list[Any]) -> None:
        await self.send({"op": "update", "caught_up": True, "sections": sections})

    async def send_deflated(self, message: Mapping[str, Any]) -> None:
        """Send a compressed message; a text to a client that requested no compression."""
        text = self.text_of(message)
        is_requested = parse_qs(urlsplit(self.request.path).query).get("encoding") == ["deflate"]
        await self.connection.send(zlib.compress(text.encode()) if is_requested else text)

    async def send(self, message: Mapping[str, Any]) -> None:
        await self.connection.send(self.text_of(message))

    async def send_in_pieces(self, message: Mapping[str, Any]) -> None:
        """Send a message in three frames, of which the second one starts inside a character if there is one."""
        text = self.text_of(message).encode()
        cut = next((place + 1 for place, byte in enumerate(text) if byte >= 0xC0), len(text) // 2)
        await self.connection.send([text[:cut], text[cut : cut + 1], text[cut + 1 :]], text=True)

    async def acked(self, updates: int) -> None:
        """Expect acknowledgements up to this number of updates; a client may also request a pace."""
        acked = 0
        while acked < updates:
            self.awaited = f"an acknowledgement of {updates} updates, after one of {acked}"
            message = json.loads(await self.connection.recv())
            if message.get("op") == "pace":
                expect_pace(message)
                continue
            expect("the op of a message", message.get("op"), "ack")
            acked = message.get("updates")
            if not isinstance(acked, int) or acked > self.sent_updates:
                raise Failure(f"acknowledged {acked!r} updates of {self.sent_updates}")

    async def starts_over(self, report: Mapping[str, Any]) -> None:
        """Expect this report, and a connection without a cursor; a client that ignores digests reconnects with any."""
        with suppress(ConnectionClosed):  # the client may have closed it after the report
            await self.last_update([])
        self.awaited = "a report of a mismatch, or an acknowledgement"
        message = json.loads(await self.connection.recv())
        if message.get("op") == "ack":
            await self.abort(None)
            await self.next_connection()
        else:
            expect("the report", message, {"op": "mismatch", **report})
            await self.connect({})

    async def shows(self, keyspaces: Picture) -> None:
        """Expect this value of each key of each event type; types without entries do not count."""
        self.awaited = 'the event "picture"'
        if differing := differences(await self.client.picture(), keyspaces):
            raise Failure(f"the picture differs: {shortened('; '.join(differing))}")

    async def close(self, code: int) -> None:
        await self.connection.close(code, "as the case says")

    async def abort(self, _: None) -> None:
        """Cut the connection without a closing frame."""
        self.connection.transport.abort()

    async def ended(self, _: None) -> None:
        """Expect the client to give up, and not to reconnect."""
        self.awaited = 'the event "ended"'
        await self.client.ended()
        if not self.connections.empty():
            raise Failure("the client reconnected")


STEPS: Final = {name: method for name, method in vars(Steps).items() if callable(method)}


def heads_of(cursor: str) -> Heads:
    try:
        parts = [part.rsplit(":", 2) for part in cursor.split(",") if part]
        return {name: (epoch, int(revision)) for name, epoch, revision in parts}
    except ValueError:
        raise Failure(f'"{shortened(cursor)}" is not a cursor; expected <type>:<epoch>:<revision>,…') from None


def differences(got: Picture, wanted: Picture) -> list[str]:
    """Return a sentence for each entry that differs; event types without entries do not count."""
    return [
        f"{name}[{json.dumps(key)}] is {json_of(got, name, key)}, expected {json_of(wanted, name, key)}"
        for name in sorted({*got, *wanted})
        for key in sorted({*got.get(name, {}), *wanted.get(name, {})})
        if json_of(got, name, key) != json_of(wanted, name, key)
    ]


def json_of(picture: Picture, name: str, key: str) -> str:
    """Return the JSON text of a value, or "missing"."""
    entries = picture.get(name, {})
    return json.dumps(entries[key], ensure_ascii=False, sort_keys=True) if key in entries else "missing"


def expect(what: str, got: object, wanted: object) -> None:
    if got != wanted:
        raise Failure(f"{what} is {shortened(repr(got))}, expected {shortened(repr(wanted))}")


def expect_pace(message: Mapping[str, Any]) -> None:
    pace = message.get("max_per_s", "missing")
    is_number = isinstance(pace, int | float) and not isinstance(pace, bool)
    if pace is not None and not (is_number and MIN_PER_S <= pace <= MAX_PER_S):
        raise Failure(f"the pace is {shortened(repr(pace))}, expected {MIN_PER_S:g} to {MAX_PER_S:g}, or null")


def shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
