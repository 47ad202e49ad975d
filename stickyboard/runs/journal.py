"""The file of a run: every event that it logs, one message per line, before the server has it.

    {"producer": "run-7-…", "run": "run-7-3f2a", "url": "http://127.0.0.1:8000"}
    [{"type":"run_metric","run":"run-7-3f2a",…}]
    …

The number of a line is the number of its message, so a message that is sent again is applied once. A line is appended
with one system call. What was logged is therefore in the file even if the process is killed, and a forked child may
append, too. The file `….sent` has the number of the last acknowledged message; it may be late, because messages that
are sent again do no harm.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Self

try:
    import fcntl
except ImportError:  # Windows: a second process is not detected
    fcntl = None  # type: ignore[assignment]

SUFFIX: Final = ".jsonl"
CHUNK_BYTES: Final = 256 * 1024


class Header(NamedTuple):
    """What another process needs to send the rest of a run."""

    producer: str
    run: str
    url: str


class InUse(OSError):
    """The process that logs to a journal still runs."""


class Journal:
    """An open journal. Only the process that created it, or `sync` after its end, has it open."""

    def __init__(self, path: Path, header: Header, descriptor: int) -> None:
        self.path, self.header, self._descriptor = path, header, descriptor
        self.process = os.getpid()
        self._sent_path = path.with_suffix(".sent")

    @classmethod
    def create(cls, path: Path, header: Header) -> Self:
        """Create the file.

        Raises:
            OSError: it exists, or it cannot be written.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            _lock(descriptor)
            with path.open("rb") as file:
                header = Header(**json.loads(file.readline()))
            _drop_torn_line(descriptor)
        except (TypeError, ValueError):
            os.close(descriptor)
            raise ValueError(f"{path} is not a journal of a run") from None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, header, descriptor)

    def append(self, message: bytes) -> None:
        """Add a message, which has no newline.

        Raises:
            OSError: it was not written, for example because the disk is full.
        """
        line = message + b"\n"
        written = os.write(self._descriptor, line)
        if written < len(line):  # the disk is full; the next line must not continue this one
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise OSError(28, "No space left on device", str(self.path))

    def read_sent(self) -> int:
        """Return the number of the last message that was acknowledged; 0 if there is none."""
        with contextlib.suppress(OSError, ValueError):
            return int(self._sent_path.read_text())
        return 0

    def write_sent(self, number: int) -> None:
        """Store the number of the last acknowledged message."""
        with contextlib.suppress(OSError):
            self._sent_path.write_text(str(number))

    def remove(self) -> None:
        """Delete the files, after everything was sent."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._sent_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, so that another process can send the rest."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Reader:
    """Reads the messages of a journal, which may be growing, with their numbers."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._file.readline()  # the header
        self._start = self._offset = self._file.tell()
        self._rest = b""
        self.number = 0

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Yield the messages after those that were read, as (number, message), as far as they are complete."""
        while chunk := self._file.read(CHUNK_BYTES):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                self.number += 1
                yield self.number, line

    def close(self) -> None:
        self._file.close()


def journals(folder: Path) -> list[Path]:
    """Return the journals in a folder, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime)


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
