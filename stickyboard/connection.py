"""The I/O under a producer: connects, sends what the outbox has, takes replies, comes back."""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from broadcast import close_codes
from stickyboard.backoff import Backoff
from stickyboard.errors import LoginRequired, NotAuthorised, ProducerError, ProtocolRefused
from stickyboard.outbox import LIMITS, STATES, Outbox, Receipt
from stickyboard.proxy import proxy_for, through

log = logging.getLogger(__name__)

PROTOCOL = 2
PATH = "/ws/produce/"


class ProducerConnection:
    """Keeps one producer connected, and its outbox moving, for as long as `run` runs.

    Args:
        url: the producer socket's address, see `socket_url`.
        token: the producer's secret.
        outbox: where messages come from and replies go to.
        backoff: delays between attempts to connect, and before refused messages are sent again.
        on_reply: called after each reply with the receipts that it settled, maybe none.
    """

    def __init__(
        self,
        url: str,
        token: str,
        outbox: Outbox,
        backoff: Backoff,
        on_reply: Callable[[list[Receipt]], None],
    ) -> None:
        self._url, self._outbox, self._backoff, self._on_reply = url, outbox, backoff, on_reply
        self._headers = {"Authorization": f"Bearer {token}"}
        self._work = asyncio.Event()
        self._loss = self._hold = ""
        self._was_connected = False
        self.is_connected = False

    @property
    def trouble(self) -> str:
        """What keeps events from being acknowledged now; "" where nothing is known to."""
        return self._outbox.held_for if self.is_connected else self._loss

    def wake(self) -> None:
        """Say that the outbox may have something to send."""
        self._work.set()

    async def run(self) -> NoReturn:
        """Connect, and come back after every loss, until cancelled.

        Raises:
            NotAuthorised, ProtocolRefused: coming back would not help.
        """
        while True:
            await self._connect_once()
            await asyncio.sleep(self._backoff.next_s())

    async def _connect_once(self) -> None:
        proxy = proxy_for(self._url)
        connection = connect(
            self._url, additional_headers=self._headers, compression=None, close_timeout=2, proxy=proxy
        )
        try:
            async with connection as socket:
                self._outbox.rewind()
                self.is_connected = self._was_connected = True
                await self._talk(socket)
        except (OSError, WebSocketException) as exc:
            if refusal := refusal_of(exc, self._url, self._was_connected):
                raise refusal from exc
            self._lose(f"no connection to {self._url}{through(proxy)} ({exc})")
        except ImportError as exc:  # a SOCKS proxy needs a package
            self._lose(f"no connection to {self._url}{through(proxy)} ({exc})")
        finally:
            self.is_connected = False

    def _lose(self, loss: str) -> None:
        # Said once, not with each attempt, until something else is the matter or all was well again.
        if loss != self._loss:
            log.warning("%s; trying again", loss)
        self._loss = loss

    def _note_hold(self) -> None:
        hold = self._outbox.held_for
        if hold != self._hold and hold.partition(":")[0] in STATES | LIMITS:
            log.warning("%s takes no events now (%s); trying again", self._url, hold)
        self._hold = hold

    async def _talk(self, socket: ClientConnection) -> None:
        tasks = [asyncio.create_task(self._receive_all(socket)), asyncio.create_task(self._send_all(socket))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # neither ends but by raising
        except asyncio.CancelledError:
            # Left to its own `async with`, the connection would tell the server of an internal error.
            await socket.close()
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_all(self, socket: ClientConnection) -> NoReturn:
        while True:
            message = self._outbox.next_message()
            if message is not None:
                try:
                    await socket.send(message, text=True)
                except ConnectionClosed:
                    # The reader ends this, once it has read what came before the close, such as the reason.
                    await asyncio.get_running_loop().create_future()
            elif self._outbox.is_held:
                await asyncio.sleep(self._backoff.next_s())
                self._outbox.rewind()
            else:
                self._work.clear()
                await self._work.wait()

    async def _receive_all(self, socket: ClientConnection) -> NoReturn:
        while True:
            settled = self._outbox.take_reply(await socket.recv(decode=False))
            self._loss = ""
            self._note_hold()
            if settled:
                self._backoff.reset()
            self._work.set()
            self._on_reply(settled)


def scheme_of(url: str) -> str:
    """Return the scheme, ws or wss, of the sockets at a server's address.

    Raises:
        ValueError: `url` has no host, or a scheme that is neither of http(s) and ws(s).
    """
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in {"ws", "wss"} or not parts.hostname:
        msg = f'expected an address like "http://localhost:8000", got "{url}"'
        raise ValueError(msg)
    return scheme


def checked_token(token: str | None) -> str:
    """Return a token as it can stand in a header, without the newline that a file ends with.

    Raises:
        ValueError: it has a sign that no token has, such as the "…" of an example that was copied.
    """
    # None, say, is what a missing variable of the environment gives; a file may begin with a byte order mark.
    token = (token or "").strip().removeprefix("\ufeff")
    odd = next((sign for sign in token if not "!" <= sign <= "~"), None)
    if odd is not None or not token:
        got = f"one with {odd!r} in it" if odd else "an empty one"
        msg = f"expected a token, as make demo or manage.py create_producer_token prints it, got {got}"
        raise ValueError(msg)
    return token


def socket_url(url: str, name: str) -> str:
    """Return the address of the producer socket at `url` for the producer called `name`.

    Raises:
        ValueError: `url` is no address.
    """
    scheme, parts = scheme_of(url), urlsplit(url)
    path = parts.path.rstrip("/").removesuffix(PATH.rstrip("/")) + PATH
    query = urlencode([*parse_qsl(parts.query), ("producer", name), ("protocol", PROTOCOL)])
    return urlunsplit((scheme, parts.netloc, path, query, ""))


def refusal_of(exc: Exception, url: str, was_connected: bool) -> ProducerError | None:
    """Return what to raise after this end of a connection to `url`, or None when coming back can help.

    A server closes with 4501 for a bad token and with another of 4500 to 4599 for a bad protocol.
    It looks at the token only after the handshake, so a handshake that is answered with 403, as
    every address is that is none, says nothing of the token; 401 is the word of a proxy in front.
    Where a server was at that address before, such an answer is of a proxy that is being restarted, say.
    """
    if isinstance(exc, ConnectionClosed) and exc.rcvd is not None and 4500 <= exc.rcvd.code < 4600:
        reason = f"{exc.rcvd.code} {exc.rcvd.reason}".strip()
        if exc.rcvd.code == close_codes.LOGIN_REQUIRED:
            return LoginRequired(url)
        return NotAuthorised(reason) if exc.rcvd.code == close_codes.NOT_AUTHORISED else ProtocolRefused(reason)
    if isinstance(exc, InvalidStatus):
        status = exc.response.status_code
        if status == 401:
            return NotAuthorised(f"HTTP 401 at {url}")
        if status in {400, 403, 404, 405, 410} and not was_connected:
            return ProtocolRefused(f"HTTP {status} at {url}; is the address right?")
    return None
