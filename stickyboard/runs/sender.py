"""Sends a journal in the background: the lines of the file, in order, until the server has acknowledged them."""

import asyncio
import random
import threading
from collections.abc import Callable
from typing import Final

from stickyboard import at_exit
from stickyboard.address import Address, NoAddress, checked_token
from stickyboard.connection import Backoff, ProducerConnection, socket_url
from stickyboard.errors import ProducerError
from stickyboard.runs.file_outbox import JournalOutbox
from stickyboard.runs.journal import Journal
from stickyboard.runs.problems import OnProblem

POLL_S: Final = 0.25  # a forked child wakes no thread of its parent, and a board may start, or start again
WAKE_S: Final = 0.02


class JournalSender:
    """A thread that sends a journal until it is closed.

    It follows its server: if a board starts later, or again on another port, the journal is sent there.

    Args:
        find: returns the server and the token, or raises NoAddress or ValueError.
        on_problem: called from the thread with a message and its kind.
    """

    def __init__(self, journal: Journal, find: Callable[[], Address], on_problem: OnProblem) -> None:
        self._journal, self._find, self._on_problem = journal, find, on_problem
        self._outbox = JournalOutbox(journal, on_problem)
        self._connection: ProducerConnection | None = None
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

    def drain(self, timeout_s: float) -> None:
        """Start to wait until everything is acknowledged; for a connection, no longer than a tenth of the timeout."""
        self._drained = asyncio.run_coroutine_threadsafe(self._drain(timeout_s), self._loop)

    def close(self) -> bool:
        """Wait for the end of `drain`, then end the thread; return whether everything was acknowledged."""
        done = self._drained.result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._outbox.close()
        self._journal.write_sent(self._outbox.sent)
        return done

    @property
    def problem(self) -> str:
        """Why the messages are not acknowledged now; "" if no reason is known."""
        return self._failure or (self._connection.problem if self._connection is not None else "")

    @property
    def was_connected(self) -> bool:
        """Whether a server has accepted a connection."""
        return self._connection is not None and self._connection.was_connected

    @property
    def _is_connected(self) -> bool:
        return self._connection is not None and self._connection.is_connected

    def _wake(self) -> None:
        # Not again for each message: two threads that alternate cost the program 90 µs per message.
        self._loop.call_later(WAKE_S, self._wake_again)
        self._look()

    def _wake_again(self) -> None:
        self._is_due = False
        self._look()

    def _look(self) -> None:
        if self._connection is not None:
            self._connection.wake()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        tasks = [self._loop.create_task(self._connect()), self._loop.create_task(self._poll())]
        self._loop.run_forever()
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    async def _connect(self) -> None:
        tried: Address | None = None
        while True:
            tried = await self._next_address(tried)
            self._failure = ""
            try:
                await self._send_to(tried)
            except (ProducerError, ValueError) as exc:
                self._failure = f"{exc}; until this is fixed, the run is stored on this machine"
                self._on_problem(self._failure, "connection")

    async def _next_address(self, tried: Address | None) -> Address:
        """Wait until an address is known that was not tried last, or that is known again."""
        while True:
            try:
                if (found := self._find()) != tried:
                    return found
            except (NoAddress, ValueError) as exc:
                tried = None
                self._failure = self._failure or str(exc)
            await asyncio.sleep(POLL_S)

    async def _send_to(self, address: Address) -> None:
        """Send until this server does not answer, and another one is found, or this one has ended."""
        url = socket_url(address.url, self._journal.header.producer)
        token = checked_token(address.token)  # a wrong one would be logged with the header that it cannot be in
        self._connection = ProducerConnection(url, token, self._outbox, Backoff(random.random), lambda _: None)
        sending = asyncio.create_task(self._connection.run())
        try:
            while not (await asyncio.wait([sending], timeout=POLL_S))[0]:
                if not self._is_connected and self._is_elsewhere(address):
                    return
            sending.result()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _is_elsewhere(self, address: Address) -> bool:
        """Whether the server has ended. Another user's program may have its port, and must not get the token."""
        try:
            return self._find() != address
        except (NoAddress, ValueError):
            return True

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            self._look()
            self._journal.write_sent(self._outbox.sent)

    async def _drain(self, timeout_s: float) -> bool:
        started = last_connected = self._loop.time()
        while not self._outbox.is_empty():
            now = self._loop.time()
            last_connected = now if self._is_connected else last_connected
            # A server that was there may be starting again.
            is_hopeless = self._failure and not self.was_connected
            if is_hopeless or now - last_connected > timeout_s / 10 or now - started > timeout_s:
                return False
            self._look()
            await asyncio.sleep(0.01)
        return True
