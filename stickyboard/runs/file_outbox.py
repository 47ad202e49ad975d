"""The messages of a file, which are numbered by their places in it. Sans-I/O, except that it reads the file."""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from stickyboard.errors import HINTS
from stickyboard.outbox import LIMITS, STATES, Messages, Reply
from stickyboard.receipts import Receipt
from stickyboard.runs.journal import Journal, Reader, Sent
from stickyboard.runs.problems import OnProblem

MAX_IN_FLIGHT: Final = 64  # fifty runs wait for a server for less than its keepalive
MAX_JOINED: Final = 32  # messages in one text, which costs the server less than half per message
MAX_JOINED_BYTES: Final = 64 * 1024
MAX_IN_FLIGHT_BYTES: Final = 1024 * 1024
STATUS: Final = b'"type":"run",'

_EVENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Message(NamedTuple):
    """Events as a JSON array, the number of their message, and where the next one begins in the file."""

    number: int
    events: bytes
    end: int


class FileOutbox(Messages):
    """Sends the messages of a file in order, several in one text, until they are acknowledged.

    Args:
        read: returns the next message; None if there is none now.
        on_done: called with each message that was acknowledged or refused.
        on_refused: called with each permanent refusal of an event or a message.
    """

    def __init__(
        self,
        read: Callable[[], Message | None],
        on_done: Callable[[Message], None],
        on_refused: Callable[[Reply], None],
    ) -> None:
        super().__init__()
        self._read, self._on_done, self._on_refused = read, on_done, on_refused
        self._waiting: deque[Message] = deque()
        self._waiting_bytes = 0
        self._again: deque[Message] = deque()
        self._max_joined = MAX_JOINED

    def next_message(self) -> bytes | None:
        """Return the next text, an array of messages if several are there."""
        joined: list[bytes] = []
        until = self._waiting_bytes + MAX_JOINED_BYTES
        while len(joined) < self._max_joined and (not joined or self._waiting_bytes < until):
            if self._is_full or (found := self._next()) is None:
                break
            self._waiting.append(found)
            self._waiting_bytes += len(found.events)
            joined.append(b'{"seq":%d,"events":%b}' % (found.number, found.events))
        return b"[%b]" % b",".join(joined) if len(joined) > 1 else joined[0] if joined else None

    @property
    def _is_full(self) -> bool:
        is_full = len(self._waiting) >= MAX_IN_FLIGHT or self._waiting_bytes >= MAX_IN_FLIGHT_BYTES
        return self.is_paused or is_full

    def _next(self) -> Message | None:
        return self._again.popleft() if self._again else self._read()

    def rewind(self) -> None:
        self.is_paused, self.pause_reason = False, ""
        self._again.extendleft(reversed(self._waiting))
        self._waiting.clear()
        self._waiting_bytes = 0

    def take_error(self, reply: Reply) -> list[Receipt]:
        if reply.code in LIMITS and self._max_joined > 1:
            # This server accepts less than others. One message may be within its limit.
            self._max_joined = 1
            self.pause(reply)
        elif reply.retry or reply.code in STATES:
            self.pause(reply)
        else:
            self._on_refused(reply)
            if reply.index is None and reply.seq is not None:  # the whole message, which gets no acknowledgement
                self.take_ack(reply.seq)
        return []

    def take_ack(self, seq: int) -> list[Receipt]:
        # In order, because the server processes the messages of a connection in order.
        while self._waiting and self._waiting[0].number <= seq:
            done = self._waiting.popleft()
            self._waiting_bytes -= len(done.events)
            self._on_done(done)
        return []

    def is_empty(self) -> bool:
        """Whether every message that is in the file now was acknowledged or refused."""
        if not self._waiting and not self._again and (found := self._read()):
            self._again.append(found)
        return not self._waiting and not self._again


class JournalOutbox(FileOutbox):
    """The messages of a run's journal; `sent` is how far they were acknowledged."""

    def __init__(self, journal: Journal, on_problem: OnProblem) -> None:
        super().__init__(self._read_line, self._store, self._report)
        self._on_problem, self._path = on_problem, journal.path
        self.sent = journal.sent
        self._reader = Reader(journal.path, self.sent)
        self._source = self._reader.messages()

    def close(self) -> None:
        self._reader.close()

    def _store(self, done: Message) -> None:
        status = done.events.decode() if STATUS in done.events else self.sent.status
        self.sent = Sent(done.number, done.end, status)

    def _report(self, reply: Reply) -> None:
        hint = HINTS.get(reply.code, "the board may be older than this client")
        self._on_problem(f"the board refused what was logged ({reply.code}: {reply.message}); {hint}", reply.code)

    def _read_line(self) -> Message | None:
        for number, text in self._source:
            if _are_events(text):
                return Message(number, text, self._reader.offset)
            self._on_problem(f"message {number} of {self._path} is damaged and was not sent", "damaged")
        self._source = self._reader.messages()  # the file may grow
        return None


def _are_events(text: bytes) -> bool:
    """Whether a line is an array in JSON. A server ends a connection whose message is not UTF-8."""
    try:
        text.decode()
        _EVENTS.decode(text)
    except (ValueError, RecursionError):
        return False
    return True
