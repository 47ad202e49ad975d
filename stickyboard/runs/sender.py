"""Sends a journal in the background: the lines of the file, in order, until the server has acknowledged them."""

import asyncio
import random as random_module
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from stickyboard import at_exit
from stickyboard.connection import Backoff, ProducerConnection, socket_url
from stickyboard.errors import ProducerError, TokenRefused
from stickyboard.outbox import STATES
from stickyboard.receipts import Receipt
from stickyboard.runs.journal import Journal, Reader

MAX_IN_FLIGHT: Final = 32
POLL_S: Final = 0.25  # a forked child wakes no thread of its parent


class _Reply(msgspec.Struct):
    op: str
    seq: int | None = None
    code: str = ""
    message: str = ""
    index: int | None = None
    retry: bool = False


class JournalOutbox:
    """What a `ProducerConnection` sends: the messages of a journal. Sans-I/O, except that it reads the file.

    Args:
        on_refused: called with the reason for each message, or event in it, that the server refuses.
    """

    def __init__(self, journal: Journal, on_refused: Callable[[str], None]) -> None:
        self._journal, self._on_refused = journal, on_refused
        self._reader = Reader(journal.path)
        self._source = self._reader.messages()
        self._sent: deque[tuple[int, bytes]] = deque()
        self._again: deque[tuple[int, bytes]] = deque()
        self.acked = journal.read_sent()
        self.is_paused = False
        self.pause_reason = ""

    def next_message(self) -> bytes | None:
        """Return the next message to send; None if there is none now."""
        if self.is_paused or len(self._sent) >= MAX_IN_FLIGHT:
            return None
        found = self._again.popleft() if self._again else self._read()
        if found is None:
            return None
        self._sent.append(found)
        return b'{"seq":%d,"events":%b}' % found

    def rewind(self) -> None:
        """Send everything again that is not acknowledged, after a lost connection or a pause."""
        self.is_paused, self.pause_reason = False, ""
        self._again.extendleft(reversed(self._sent))
        self._sent.clear()

    def take_reply(self, data: bytes) -> list[Receipt]:
        """Process a reply; there are no receipts to settle.

        Raises:
            TokenRefused: the server does not accept the token.
        """
        reply = msgspec.json.decode(data, type=_Reply)
        reason = f"{reply.code}: {reply.message}"
        if reply.op == "ack" and reply.seq is not None:
            self._acknowledge(reply.seq)
        elif reply.op == "error" and reply.code == "not_authorised":
            raise TokenRefused(reply.message)
        elif reply.op == "error" and (reply.retry or reply.code in STATES):
            self.is_paused, self.pause_reason = True, reason
        elif reply.op == "error":
            self._on_refused(reason)
            if reply.index is None and reply.seq is not None:  # the whole message, which gets no acknowledgement
                self._sent = deque(each for each in self._sent if each[0] != reply.seq)
        return []

    def is_empty(self) -> bool:
        """Whether every message that is in the file now was acknowledged or refused."""
        if not self._sent and not self._again and (found := self._read()):
            self._again.append(found)
        return not self._sent and not self._again

    def _acknowledge(self, seq: int) -> None:
        while self._sent and self._sent[0][0] <= seq:
            self._sent.popleft()
        self.acked = max(self.acked, seq)

    def _read(self) -> tuple[int, bytes] | None:
        for number, message in self._source:
            if number > self.acked:
                return number, message
        self._source = self._reader.messages()  # the file may grow
        return None

    def close(self) -> None:
        self._reader.close()


class Sender:
    """A thread that sends a journal until it is closed.

    Args:
        journal: what is sent.
        token: the token of the producer.
        on_problem: called once for each kind of problem, from the thread.
        random: returns the jitter of reconnects, in [0, 1).
    """

    def __init__(
        self,
        journal: Journal,
        token: str,
        on_problem: Callable[[str], None],
        random: Callable[[], float] = random_module.random,
    ) -> None:
        self._journal, self._on_problem = journal, on_problem
        self._outbox = JournalOutbox(journal, on_problem)
        url = socket_url(journal.header.url, journal.header.producer)
        self._connection = ProducerConnection(url, token, self._outbox, Backoff(random), lambda _: None)
        self._loop = at_exit.ProducerLoop()
        self._is_due = False
        self._failure = ""
        self._thread = threading.Thread(target=self._run, name=f"stickyboard {journal.header.run}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for new messages. Cheap while the thread is busy."""
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon_threadsafe(self._wake)

    def close(self, timeout_s: float) -> bool:
        """Wait until everything is acknowledged, then end the thread; return whether everything was.

        Waits for a connection no longer than a fifth of the timeout.
        """
        done = asyncio.run_coroutine_threadsafe(self._drain(timeout_s), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._outbox.close()
        self._journal.write_sent(self._outbox.acked)
        return done

    @property
    def problem(self) -> str:
        """Why the messages are not acknowledged now; "" if no reason is known."""
        return self._failure or self._connection.problem

    def _wake(self) -> None:
        self._is_due = False
        self._connection.wake()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        tasks = [self._loop.create_task(self._connect()), self._loop.create_task(self._poll())]
        self._loop.run_forever()
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    async def _connect(self) -> None:
        try:
            await self._connection.run()
        except ProducerError as exc:
            self._failure = str(exc)
            self._on_problem(self._failure)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            self._connection.wake()
            self._journal.write_sent(self._outbox.acked)

    async def _drain(self, timeout_s: float) -> bool:
        started = self._loop.time()
        while not self._outbox.is_empty():
            waited = self._loop.time() - started
            is_hopeless = self._failure or (not self._connection.is_connected and waited > timeout_s / 5)
            if is_hopeless or waited > timeout_s:
                return False
            self._connection.wake()
            await asyncio.sleep(0.01)
        return True
