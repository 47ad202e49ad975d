"""The I/O of a producer: connects, sends the messages of the outbox, receives replies, and reconnects.

A connection goes through the proxy that the environment names, except to this machine.
"""

import asyncio
import logging
import os
import ssl
import zlib
from collections.abc import Callable
from typing import Final, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from stickyboard.address import is_loopback, scheme_of
from stickyboard.errors import ProducerError, ProtocolRefused, SessionRefused, TokenRefused
from stickyboard.outbox import LIMITS, STATES, Messages
from stickyboard.receipts import Receipt

log = logging.getLogger(__name__)

# The server's numbers, because the client does not import the server.
PROTOCOL = 2
NOT_AUTHORISED, LOGIN_REQUIRED = 4501, 4503
PATH = "/ws/produce/"
MAX_MESSAGE_BYTES: Final = 256 * 1024 * 1024  # that a watcher receives


# Problems of connections to each server: all runs of a process have the same one.
logged: Final[dict[str, dict[str, object]]] = {}
MAX_LOGGED: Final = 100  # of one server
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=logged.clear)


def is_first(server: str, problem: str) -> bool:
    """Whether no connection of this process has logged this since one of them was answered; threads may ask at once."""
    problems, own = logged.setdefault(server, {}), object()
    return len(problems) < MAX_LOGGED and problems.setdefault(problem, own) is own


class Backoff:
    """Delays between attempts: full jitter, doubling from `base_s` up to `cap_s`.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    def __init__(self, random: Callable[[], float], base_s: float = 0.2, cap_s: float = 10.0) -> None:
        self._random, self._base_s, self._cap_s = random, base_s, cap_s
        self._attempts = 0

    def next_s(self) -> float:
        most_s = min(self._cap_s, self._base_s * 2.0 ** min(self._attempts, 32))
        self._attempts += 1
        return self._random() * most_s

    def reset(self) -> None:
        self._attempts = 0


class ProducerConnection:
    """Keeps one producer connected while `run` runs.

    Args:
        url: the URL of the producer socket, see `socket_url`.
        outbox: the source of messages and the destination of replies.
        backoff: delays between attempts to connect, and before refused messages are sent again.
        on_reply: called after each reply with the receipts that it settles, possibly none.
    """

    def __init__(
        self, url: str, token: str, outbox: Messages, backoff: Backoff, on_reply: Callable[[list[Receipt]], None]
    ) -> None:
        self._url, self._outbox, self._backoff, self._on_reply = url, outbox, backoff, on_reply
        self._place = url.partition("?")[0]  # in messages, without the producer's name and the protocol
        self._headers = {"Authorization": f"Bearer {token}"}
        self._work = asyncio.Event()
        self._connect_problem = self._logged_pause = ""
        self.was_connected = False
        self.is_connected = False

    @property
    def problem(self) -> str:
        """Why events are not acknowledged now; "" if no reason is known."""
        return self._outbox.pause_reason if self.is_connected else self._connect_problem

    def wake(self) -> None:
        self._work.set()

    async def run(self) -> NoReturn:
        """Connect, and reconnect after every loss, until cancelled.

        Raises:
            TokenRefused, ProtocolRefused: reconnecting does not help.
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
                self.is_connected = self.was_connected = True
                await self._talk(socket)
        except TokenRefused as exc:
            exc.url = self._place  # of which the outbox, which reads the reply, does not know
            raise
        except (OSError, WebSocketException, ImportError) as exc:  # a SOCKS proxy needs a package
            if refusal := refusal_of(exc, self._url, self.was_connected):
                raise refusal from exc
            problem = f"no connection to {self._place}{through(proxy)} ({_reason(exc, proxy)})"
            # Logged once, not at each attempt, until the problem changes or a reply arrives.
            if problem != self._connect_problem and is_first(self._place, problem):
                log.warning("%s; trying again", problem)
            self._connect_problem = problem
        finally:
            self.is_connected = False

    def _note_pause(self) -> None:
        reason = self._outbox.pause_reason
        if reason != self._logged_pause and reason.partition(":")[0] in STATES | LIMITS:
            log.warning("%s accepts no events now (%s); trying again", self._place, reason)
        self._logged_pause = reason

    async def _talk(self, socket: ClientConnection) -> None:
        tasks = [asyncio.create_task(self._receive_all(socket)), asyncio.create_task(self._send_all(socket))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # both end only with an exception
        except asyncio.CancelledError:
            # The connection's own `async with` would close with "internal error".
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
                    # The other task ends this one after it has read what came before the close, such as an error.
                    await asyncio.get_running_loop().create_future()
            elif self._outbox.is_paused:
                await asyncio.sleep(self._backoff.next_s())
                self._outbox.rewind()
            else:
                self._work.clear()
                await self._work.wait()

    async def _receive_all(self, socket: ClientConnection) -> NoReturn:
        while True:
            settled = self._outbox.take_reply(await socket.recv(decode=False))
            self._connect_problem = ""
            logged.pop(self._place, None)
            self._note_pause()
            if not self._outbox.is_paused:
                self._backoff.reset()
            self._work.set()
            self._on_reply(settled)


def socket_url(url: str, name: str) -> str:
    """Return the URL of the producer socket for the producer called `name`.

    Raises:
        ValueError: `url` is not a server's URL.
    """
    scheme, parts = scheme_of(url), urlsplit(url)
    path = parts.path.rstrip("/").removesuffix(PATH.rstrip("/")) + PATH
    query = urlencode([*parse_qsl(parts.query), ("producer", name), ("protocol", PROTOCOL)])
    return urlunsplit((scheme, parts.netloc, path, query, ""))


def refusal_of(exc: Exception, url: str, was_connected: bool) -> ProducerError | None:
    """Return the error to raise after a connection to `url` ended, or None if reconnecting can help.

    A server closes with 4501 for a bad token, and with another code of 4500 to 4599 for a protocol error. It checks
    the token after the handshake, so status 403, which every unknown path returns, does not concern the token; 401
    comes from a proxy. If the server was reachable at this URL before, a proxy may return any of these statuses
    during a restart.
    """
    place = url.partition("?")[0]
    if isinstance(exc, ConnectionClosed) and exc.rcvd is not None and 4500 <= exc.rcvd.code < 4600:
        reason = f"{exc.rcvd.code} {exc.rcvd.reason}".strip()
        if exc.rcvd.code == LOGIN_REQUIRED:
            return SessionRefused(url)
        return TokenRefused(reason, place) if exc.rcvd.code == NOT_AUTHORISED else ProtocolRefused(reason)
    if isinstance(exc, InvalidStatus):
        status = exc.response.status_code
        if status == 401:
            return TokenRefused("HTTP 401", place)
        if status in {400, 403, 404, 405, 410} and not was_connected:
            board = "/b/" in urlsplit(url).path
            hint = "it is that of a board, so leave out /b/ and what follows" if board else "is the URL right?"
            return ProtocolRefused(f"HTTP {status} at {place}; {hint}")
    return None


def _reason(exc: Exception, proxy: str | None = None) -> str:
    """Return why there is no connection, with what the messages of OpenSSL and of the system do not say."""
    if isinstance(exc, ssl.SSLError) and "WRONG_VERSION" in str(exc):
        return f"{exc}; is it an http:// server?"
    # Of a name with several addresses, the error has no number.
    is_refused = isinstance(exc, ConnectionRefusedError) or "Connect call failed" in str(exc)
    if is_refused and proxy is None:
        return f"{exc}; is the server running, with `stickyboard serve` or `manage.py serve`?"
    return str(exc) or type(exc).__name__


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy for a socket at `url`, or None."""
    if is_loopback(urlsplit(url).hostname or ""):
        return None
    return get_proxy(parse_uri(url))


def through(proxy: str | None) -> str:
    """Return the part of an error message that names the proxy, without its password; "" for none."""
    if proxy is None:
        return ""
    parts = urlsplit(proxy)
    public = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return f" through the proxy {public} of {variable_of(proxy)} (no_proxy lists hosts that need none)"


def variable_of(proxy: str) -> str:
    """Return the environment variable with a proxy; "the environment" if the operating system's settings have it."""
    # A SOCKS proxy's scheme may have been replaced, and a variable may lack one.
    address = proxy.partition("://")[2]
    names = (name for name, value in os.environ.items() if name.lower().endswith("_proxy") and value.endswith(address))
    return next(names, "the environment")


class Unreadable(Exception):
    """A message is not what a server compresses."""


def inflate(message: bytes, max_bytes: int = MAX_MESSAGE_BYTES) -> str:
    """Return the text in a message.

    Raises:
        ProtocolRefused: it is longer than `max_bytes`; no more than that was decompressed.
        Unreadable: it is not a text in the zlib format.
    """
    decompressor = zlib.decompressobj()
    try:
        text = decompressor.decompress(message, max_bytes + 1)
        if len(text) > max_bytes:
            raise too_large(max_bytes)
        if not decompressor.eof or decompressor.unused_data:
            raise Unreadable(f"a message of {len(message)} bytes is incomplete, or has more than one text")
        return text.decode()
    except (zlib.error, UnicodeDecodeError) as exc:
        raise Unreadable(f"a message of {len(message)} bytes cannot be decompressed: {exc}") from exc


def too_large(max_bytes: int) -> ProtocolRefused:
    return ProtocolRefused(f"a message is larger than {max_bytes} bytes; raise max_message_bytes")
