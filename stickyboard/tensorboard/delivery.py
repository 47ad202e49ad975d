"""Sends numbered messages and waits for their acknowledgements; a message that is sent again is applied once."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from types import TracebackType
from typing import Final, Self

import msgspec
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from stickyboard.address import Address
from stickyboard.connection import Backoff, proxy_for, refusal_of, socket_url
from stickyboard.errors import ProducerError
from stickyboard.outbox import Reply
from stickyboard.tensorboard.folders import Message

WINDOW: Final = 50
ATTEMPTS: Final = 8  # about 20 s


class Unreachable(ProducerError):
    """The server does not answer, or accepts nothing now."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}; type the same command again later: what has arrived is not applied twice"


class Delivery:
    """A connection of one producer.

    Args:
        address: the server and the token.
        producer: the name under which the messages are numbered.
        on_refused: called with the reason for each event that the server refuses.
        sleep: waits between attempts.
    """

    def __init__(
        self,
        address: Address,
        producer: str,
        on_refused: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url, self._token = socket_url(address.url, producer), address.token
        self._on_refused, self._sleep = on_refused, sleep
        self._socket: ClientConnection | None = None
        self._open = ExitStack()

    def send(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Send messages; yield each after the server has applied or refused it.

        Raises:
            ProducerError: the server refuses the token, or does not answer.
        """
        remaining = iter(messages)
        while window := list(islice(remaining, WINDOW)):
            self._send_window(window)
            yield from window

    def _send_window(self, window: list[Message]) -> None:
        backoff, reason = Backoff(random.random), ""
        for _ in range(ATTEMPTS):
            try:
                window, reason = self._exchange(window)
                if not window:
                    return
            except (OSError, WebSocketException) as exc:
                self.close()
                if refusal := refusal_of(exc, self._url, was_connected=False):
                    raise refusal from exc
                reason = f"no connection to {self._url} ({exc})"
            self._sleep(backoff.next_s())
        raise Unreachable(reason)

    def _exchange(self, window: list[Message]) -> tuple[list[Message], str]:
        """Send messages, and read the answer to each; return those to send again, and why."""
        socket = self._socket = self._socket or self._connect()
        for message in window:
            socket.send(msgspec.json.encode({"seq": message.number, "events": message.events}), text=True)
        for index, _ in enumerate(window):
            reply = self._answer(socket)
            if reply.retry:
                # The server answers the others with out_of_order, until this one has arrived again.
                for _ in window[index + 1 :]:
                    self._answer(socket)
                return window[index:], f"{self._url} accepts nothing now ({reply.code}: {reply.message})"
        return [], ""

    def _answer(self, socket: ClientConnection) -> Reply:
        """Return the answer to a message, after the refusals of its events."""
        while True:
            reply = msgspec.json.decode(socket.recv(), type=Reply)
            if reply.op == "error" and not reply.retry:
                self._on_refused(f"{reply.code}: {reply.message}")
            if reply.op == "ack" or reply.index is None:
                return reply

    def _connect(self) -> ClientConnection:
        headers = {"Authorization": f"Bearer {self._token}"}
        proxy = proxy_for(self._url)
        connection = connect(self._url, additional_headers=headers, compression=None, close_timeout=2, proxy=proxy)
        return self._open.enter_context(connection)

    def close(self) -> None:
        """Close the connection."""
        self._socket = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
