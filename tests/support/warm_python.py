"""A program `python` for shell commands, which runs `manage.py` in a fork of a warm interpreter instead of a new one.

It runs one at a time: no two can be in one pipe.
"""

import os
import pickle
import socket
import sys
import threading
from pathlib import Path
from typing import Self

from tests.support import warm

# It sends its arguments, variables, folder and standard streams, and ends with the code that comes back.
PROGRAM = """#!{python} -IS
import os, pickle, socket, sys
if not sys.argv[1].endswith("manage.py"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
connection = socket.socket(socket.AF_UNIX)
connection.connect({address!r})
facts = pickle.dumps((sys.argv[1:], dict(os.environ), os.getcwd()))
socket.send_fds(connection, [len(facts).to_bytes(4)], [0, 1, 2])
connection.sendall(facts)
sys.exit(int.from_bytes(connection.recv(1)))
"""


class WarmPython:
    """Use it as a context manager; `folder` comes first on the PATH of what it is for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        address = str(folder / "socket")
        (folder / "python").write_text(PROGRAM.format(python=sys.executable, address=address))
        (folder / "python").chmod(0o700)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # at the end
                return
            self._run(connection)

    def _run(self, connection: socket.socket) -> None:
        with connection:
            size, numbers, _, _ = socket.recv_fds(connection, 4, 3)
            words, environment, cwd = pickle.loads(received(connection, int.from_bytes(size)))
            stdin, stdout, stderr = (os.fdopen(number) for number in numbers)
            with stdin, stdout, stderr:
                process = warm.WarmProcess([sys.executable, *words], environment, Path(cwd), stdout, stderr, stdin)
            connection.sendall(process.wait().to_bytes(1))


def received(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += connection.recv(size - len(found))
    return found
