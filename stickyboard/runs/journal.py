"""The file of a run: every event that it logs, one message per line, before the server has it.

    {"producer": "run-7-…", "run": "run-7-3f2a", "url": "http://127.0.0.1:8000"}
    [{"type":"run_metric","run":"run-7-3f2a",…}]
    …

The number of a line is the number of its message, so a message that is sent again is applied once. A line is appended
with one system call. What was logged is therefore in the file even if the process is killed, and a forked child may
append, too. The file `….sent` describes how far the server has acknowledged it; it may be late, because messages that
are sent again do no harm. The disk space of acknowledged messages is returned (on Linux), so that a run of weeks needs
little.
"""

import contextlib
import ctypes
import errno
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Self

import msgspec

from stickyboard.address import private_folder

try:
    import fcntl
except ImportError:  # Windows: a second process is not detected
    fcntl = None  # type: ignore[assignment]

SUFFIX: Final = ".jsonl"
CHUNK_BYTES: Final = 256 * 1024
BLOCK_BYTES: Final = 64 * 1024  # at the beginning of the file, which has the header
HOLE_BYTES: Final = 64 * 1024 * 1024
MAX_UNSENT_BYTES: Final = 8 * 1024**3
MAX_MESSAGE_BYTES: Final = 1_000_000  # what a server accepts; see MAX_MESSAGE_BYTES of its settings
MAX_SMALL_BYTES: Final = 100_000  # of a header, and of what `….sent` contains
PUNCH_HOLE: Final = 3  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, see fallocate(2)


class Header(NamedTuple):
    """What another process needs to send the rest of a run."""

    producer: str
    run: str
    url: str


class Sent(NamedTuple):
    """How far a journal was acknowledged."""

    number: int = 0  # of the last acknowledged message
    offset: int = 0  # where the next message begins; 0 for the first one
    status: str = ""  # the last acknowledged message with the run's status


class InUse(OSError):
    """The process that logs to a journal still runs."""


class Journal:
    """An open journal. Only the process that created it, or `sync` after its end, has it open."""

    def __init__(self, path: Path, header: Header, descriptor: int) -> None:
        self.path, self.header, self._descriptor = path, header, descriptor
        self._sent_path = path.with_suffix(".sent")
        self.sent = self._read_sent()
        """How far it was acknowledged."""
        self._size = os.fstat(descriptor).st_size  # without what a forked child appends
        self._header_bytes = len(json.dumps(header._asdict())) + 1
        self._hole_end = BLOCK_BYTES
        self.max_unsent_bytes, self.hole_bytes = MAX_UNSENT_BYTES, HOLE_BYTES

    @classmethod
    def create(cls, path: Path, header: Header) -> Self:
        private_folder(path.parent)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o600)
        _lock(descriptor)
        os.write(descriptor, json.dumps(header._asdict()).encode() + b"\n")
        return cls(path, header, descriptor)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a journal whose process has ended.

        Raises:
            InUse: the process still runs.
            OSError: it cannot be opened.
            ValueError: it is not a journal.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            _lock(descriptor)
            _check_owner(descriptor)
            text = os.pread(descriptor, MAX_SMALL_BYTES, 0).partition(b"\n")[0]
            header = Header(**msgspec.json.decode(text, type=dict[str, str]))
            _drop_torn_line(descriptor)
        except (TypeError, ValueError):
            os.close(descriptor)
            raise ValueError(f"{path} is not a journal of a run of this user; remove it") from None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, header, descriptor)

    def append(self, message: bytes) -> None:
        """Add a message, which has no newline.

        Raises:
            OSError: it was not written, for example because the disk is full.
            ValueError: no server accepts a message of this size.
        """
        if len(message) > MAX_MESSAGE_BYTES:
            raise ValueError(f"a call with {len(message)} bytes; the limit is {MAX_MESSAGE_BYTES}")
        line = message + b"\n"
        if self.unsent_bytes > self.max_unsent_bytes:
            raise OSError(errno.EFBIG, f"{self.max_unsent_bytes} bytes were not sent", str(self.path))
        written = os.write(self._descriptor, line)
        if written < len(line):  # the disk is full; the next line must not continue this one
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        self._size += written

    @property
    def unsent_bytes(self) -> int:
        """The bytes that this process appended, or found, beyond what was acknowledged."""
        return self._size - (self.sent.offset or self._header_bytes)

    def write_sent(self, sent: Sent) -> None:
        """Store how far it was acknowledged, and return the disk space of what was."""
        if sent == self.sent:
            return
        self.sent = sent
        with contextlib.suppress(OSError):
            temporary = self._sent_path.with_suffix(".new")
            temporary.unlink(missing_ok=True)
            with temporary.open("x") as file:  # follows no link
                json.dump(sent, file)
            temporary.replace(self._sent_path)
            self._punch_hole(sent.offset)

    def _read_sent(self) -> Sent:
        with contextlib.suppress(OSError, ValueError):
            with self._sent_path.open("rb") as file:
                sent = msgspec.json.decode(file.read(MAX_SMALL_BYTES), type=Sent)
            # Acknowledged messages may be holes, which read as zeros.
            if sent.number > 0 and sent.offset > 0 and os.pread(self._descriptor, 1, sent.offset - 1) in (b"\n", b"\0"):
                return sent
        return Sent()

    def _punch_hole(self, end: int) -> None:
        end -= end % BLOCK_BYTES
        if end - self._hole_end < self.hole_bytes or not sys.platform.startswith("linux"):
            return
        offset, length = ctypes.c_int64(self._hole_end), ctypes.c_int64(end - self._hole_end)
        # It fails on file systems without holes, where the file stays as large as it is.
        ctypes.CDLL(None).fallocate(self._descriptor, PUNCH_HOLE, offset, length)
        self._hole_end = end

    def remove(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)
        self._sent_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, so that another process can send the rest."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Reader:
    """Reads the messages of a journal, which may be growing, with their numbers.

    A line that is longer than a message can be is skipped. It is never in memory.

    Args:
        after: how far it was acknowledged; the messages before are not read.
    """

    def __init__(self, path: Path, after: Sent = Sent()) -> None:  # noqa: B008  # it is immutable
        self._file = path.open("rb", CHUNK_BYTES)
        self._file.seek(after.offset)
        if not after.offset:
            self._file.readline(MAX_SMALL_BYTES)  # the header
        self.number, self.offset = after.number, self._file.tell()
        self._is_skipping = False

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Yield the messages after those that were read, as (number, message), as far as they are complete."""
        while line := self._file.readline(MAX_MESSAGE_BYTES + 1):
            is_end, is_skipping = line.endswith(b"\n"), self._is_skipping
            if not (is_end or is_skipping or len(line) > MAX_MESSAGE_BYTES):
                self._file.seek(self.offset)
                return
            self._is_skipping = not is_end
            if is_end:
                self.number, self.offset = self.number + 1, self._file.tell()
                if not is_skipping:
                    yield self.number, line[:-1]

    def close(self) -> None:
        self._file.close()


def journals(folder: Path) -> list[Path]:
    """Return the journals in a folder, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=_changed)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process has sent and removed it
        return 0.0


def _check_owner(descriptor: int) -> None:
    """Accept only this user's files: a folder may be shared, and have pipes and links."""
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or (hasattr(os, "getuid") and facts.st_uid != os.getuid()):
        raise ValueError


def _lock(descriptor: int) -> None:
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse("the process that logs to it still runs") from None


def _drop_torn_line(descriptor: int) -> None:
    """Remove a last line without its end, which a process that was killed may leave."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, CHUNK_BYTES, max(0, size - CHUNK_BYTES))
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(descriptor, size - len(tail) + tail.rfind(b"\n") + 1)
