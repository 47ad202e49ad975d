"""Notifies the other processes on one file of what was committed, so that they read it at once.

    commit ──► datagram with the new heads ──► a socket of each other process ──► its boards read the store

Each process that displays boards has a socket in a private folder next to the file. A notification contains no data,
and the store remains the truth: one that is lost, repeated, late or forged causes a read that finds nothing, or delays
a read until the reconciler's next comparison. Sockets do not reach another kernel, such as a virtual machine's.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from broadcast.types import Cursor, Cursors

log = logging.getLogger("broadcast.stores")

MAX_BYTES: Final = 4096  # of a notification; one of more heads only reports that something has changed
MAX_SOCKETS: Final = 64  # that a commit looks at
NAME_BYTES: Final = 8

# Receives the new heads, or None if any keyspace may have changed.
Take = Callable[[Cursors | None], None]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Cursor] | None).decode


class Notifier:
    """Sends and receives this process's notifications about one file."""

    def __init__(self, path: Path) -> None:
        self._path, self._folder = path, Path(f"{path}-sockets")
        self._own: set[str] = set()
        self._is_reported = False

    def send(self, heads: Cursors | None) -> None:
        """Notify the other processes, in any thread and without blocking. None: any keyspace may have changed."""
        text = _encode(heads)
        if len(text) > MAX_BYTES:
            text = _encode(None)
        with contextlib.suppress(OSError), _opened(self._folder) as (folder, place):  # without it, none has a socket
            with os.scandir(folder) as found:
                names = {each.name for each in islice(found, MAX_SOCKETS)}
            for name in names - self._own:
                with contextlib.suppress(OSError):  # if a queue is full, its process is about to read the store
                    self._send(text, folder, place, name)

    def subscribe(self, take: Take) -> "Subscription | None":
        """Pass the notifications of other processes to `take`, in this event loop; None if that is impossible now."""
        try:
            self._path.stat()  # an empty mount point gets no folder
            return Subscription(self._folder, self._own, take)
        except FileNotFoundError:  # the store reports a missing folder, and creates a missing file
            return None
        except (OSError, NotImplementedError) as exc:  # a file system or an event loop without sockets
            if not self._is_reported:
                self._is_reported = True
                log.warning("browsers see what other processes write up to HEADS_S later: no socket (%s)", exc)
            return None

    def close(self) -> None:
        """Close the socket that sends; the next notification opens another one."""
        if sender := self.__dict__.pop("_sender", None):
            sender.close()

    @cached_property
    def _sender(self) -> socket.socket:
        return _new_socket()

    def _send(self, text: bytes, folder: int, place: str, name: str) -> None:
        try:
            self._sender.sendto(text, f"{place}/{name}")
        except ConnectionRefusedError:  # its process was killed
            if stat.S_ISSOCK(os.lstat(name, dir_fd=folder).st_mode):
                os.unlink(name, dir_fd=folder)


class Subscription:
    """A socket that receives notifications until it is closed."""

    def __init__(self, folder: Path, own: set[str], take: Take) -> None:
        self._folder, self._own, self._take = folder, own, take
        self._loop = asyncio.get_running_loop()
        self._name = secrets.token_hex(NAME_BYTES)
        self._own.add(self._name)
        self._socket = _new_socket()
        try:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)  # without its parents: a folder that was moved away must stay missing
            with _opened(folder) as (_, place):
                self._socket.bind(f"{place}/{self._name}")
            self._loop.add_reader(self._socket, self._receive)
        except BaseException:
            self._discard()
            raise

    def is_intact(self) -> bool:
        """Whether the socket can still be found, so that others do not regard it as gone."""
        try:
            with _opened(self._folder) as (folder, _):
                os.stat(self._name, dir_fd=folder)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Receive nothing more."""
        self._loop.remove_reader(self._socket)
        self._discard()

    def _discard(self) -> None:
        self._own.discard(self._name)
        self._socket.close()
        with contextlib.suppress(OSError), _opened(self._folder) as (folder, _):
            os.unlink(self._name, dir_fd=folder)

    def _receive(self) -> None:
        try:
            heads = _decode(self._socket.recv(MAX_BYTES))  # one, so that other work has its turn
        except OSError:
            return
        except msgspec.DecodeError:  # of another version of the program, for example
            heads = None
        self._take(heads)


def _new_socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[tuple[int, str]]:
    """Yield a descriptor of the folder, and its place in a socket's address, which has room for about 100 bytes.

    Raises:
        OSError: it is missing, or not a private folder of this user.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        facts = os.fstat(descriptor)
        if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
            raise PermissionError(f"{folder} is not a private folder of this user")
        yield descriptor, f"/proc/self/fd/{descriptor}" if sys.platform == "linux" else str(folder)
    finally:
        os.close(descriptor)
