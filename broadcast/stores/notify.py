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
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from broadcast.stores.private_files import create_private_folder
from broadcast.types import Cursor, Cursors

log = logging.getLogger("broadcast.stores")

MAX_BYTES: Final = 4096  # of a notification; one of more heads only reports that something has changed
MAX_SOCKETS: Final = 64  # that a commit looks at
MAX_AT_ONCE: Final = 16  # notifications, after which other work of the event loop has its turn
MAX_ADDRESS_BYTES: Final = 100  # `sun_path` has 108 bytes on Linux and 104 on macOS
NAME_BYTES: Final = 8

# Receives the new heads, or None if any keyspace may have changed.
Take = Callable[[Cursors | None], None]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Cursor] | None).decode


class Notifier:
    """Sends and receives this process's notifications about one file."""

    def __init__(self, path: Path) -> None:
        self._folder = Path(f"{path}-sockets")
        self._own: set[str] = set()
        self._is_reported = False

    def send(self, heads: Cursors | None) -> None:
        """Notify the other processes, in any thread and without blocking. None: any keyspace may have changed."""
        text = _encode(heads)
        if len(text) > MAX_BYTES:
            text = _encode(None)
        with contextlib.suppress(OSError), _short(self._folder) as folder:  # without the folder, none has a socket
            with os.scandir(folder) as found:
                names = [each.name for each in islice(found, MAX_SOCKETS)]
            for name in names:
                if name not in self._own:
                    self._send(text, f"{folder}/{name}")

    def subscribe(self, take: Take) -> "Subscription | None":
        """Pass the notifications of other processes to `take`, in this event loop; None if that is impossible."""
        try:
            return Subscription(self._folder, self._own, take)
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

    def _send(self, text: bytes, address: str) -> None:
        try:
            self._sender.sendto(text, address)
        except ConnectionRefusedError:  # its process was killed
            if stat.S_ISSOCK(os.lstat(address).st_mode):
                os.unlink(address)  # noqa: PTH108
        except OSError:
            pass  # if its queue is full, it is about to read the store


class Subscription:
    """A socket that receives notifications until it is closed."""

    def __init__(self, folder: Path, own: set[str], take: Take) -> None:
        self._folder, self._own, self._take = folder, own, take
        self._loop = asyncio.get_running_loop()
        self._name = secrets.token_hex(NAME_BYTES)
        self._own.add(self._name)
        self._socket = _new_socket()
        try:
            self._bind()
            self._loop.add_reader(self._socket, self._receive)
        except BaseException:
            self._discard()
            raise

    def is_intact(self) -> bool:
        """Whether the socket can still be found, so that others do not regard it as gone."""
        return (self._folder / self._name).exists()

    def close(self) -> None:
        """Receive nothing more."""
        self._loop.remove_reader(self._socket)
        self._discard()

    def _bind(self) -> None:
        create_private_folder(self._folder)
        facts = self._folder.lstat()
        if facts.st_uid != os.geteuid() or not stat.S_ISDIR(facts.st_mode) or facts.st_mode & 0o077:
            msg = f"{self._folder} is not a private folder of this user"
            raise PermissionError(msg)
        with _short(self._folder) as folder:
            self._socket.bind(f"{folder}/{self._name}")

    def _discard(self) -> None:
        self._own.discard(self._name)
        self._socket.close()
        with contextlib.suppress(OSError):
            (self._folder / self._name).unlink()

    def _receive(self) -> None:
        for _ in range(MAX_AT_ONCE):
            try:
                text = self._socket.recv(MAX_BYTES)
            except OSError:
                return
            self._take(_heads_in(text))


def _heads_in(text: bytes) -> Cursors | None:
    try:
        heads: Cursors | None = _decode(text)
    except msgspec.DecodeError:  # of another version of the program, for example
        return None
    return heads


def _new_socket() -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        msg = "this platform has no Unix sockets"
        raise NotImplementedError(msg)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Yield a path of the folder that leaves room for a name in an address."""
    if len(os.fsencode(folder)) + 1 + 2 * NAME_BYTES <= MAX_ADDRESS_BYTES:
        yield str(folder)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}"  # on Linux; elsewhere the address does not exist
    finally:
        os.close(descriptor)
