"""Where to send events, and with which token, if a program does not say.

In this order: `STICKYBOARD_URL` and `STICKYBOARD_TOKEN`; the board that `stickyboard serve` runs in this folder or in
one above it; this user's board that was started last; the server that `stickyboard login` stored.
"""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = ".stickyboard"
SERVER: Final = "server.json"
LOGIN: Final = "login.json"
MAX_BYTES: Final = 10_000


class Address(NamedTuple):
    """A server and the token for it."""

    url: str
    token: str


class NoAddress(LookupError):
    """No server is running on this machine, and none is configured."""

    def __str__(self) -> str:
        return (
            "no board is running on this machine; start one with `stickyboard serve`, "
            "set STICKYBOARD_URL and STICKYBOARD_TOKEN, or type `stickyboard login URL`"
        )


def find_address(url: str | None = None, token: str | None = None) -> Address:
    """Return where to send events: what is given, and the rest from the places that the module names.

    Raises:
        NoAddress: no address is known, or none that the token is for.
        ValueError: a file with an address is damaged, or other users can read it.
    """
    url = url or os.environ.get("STICKYBOARD_URL") or None
    token = token or os.environ.get("STICKYBOARD_TOKEN") or None
    if url and token:
        return Address(url, token)
    for known in (address for path in _places() if (address := read_address(path))):
        if url is None or _same(url, known.url):
            return Address(known.url, token or known.token)
    raise NoAddress


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _places() -> Iterator[Path]:
    here = Path.cwd()
    yield from (folder / FOLDER / SERVER for folder in (here, *here.parents))
    yield user_folder() / SERVER
    yield user_folder() / LOGIN


def user_folder() -> Path:
    """Return the folder of this user's addresses."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "stickyboard"


def read_address(path: Path) -> Address | None:
    """Return the address in a file; None if there is no such file, or it belongs to another user.

    Raises:
        ValueError: the file is damaged, or other users can read it.
    """
    try:
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            text = file.read(MAX_BYTES)
    except OSError:
        return None
    if hasattr(os, "getuid") and facts.st_uid != os.getuid():
        return None
    if os.name == "posix" and facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"{path} has a token that other users can read; type: chmod 600 {path}")
    try:
        found = json.loads(text)
        return Address(str(found["url"]), str(found["token"]))
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is damaged; remove it, and start the board or log in again") from None


def write_address(path: Path, address: Address) -> None:
    """Write an address to a file that only this user can read, in one step.

    Raises:
        OSError: it cannot be written.
    """
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(address._asdict(), file)
    temporary.replace(path)


def private_folder(path: Path) -> None:
    """Create a folder that only this user can read, and those above it that are missing.

    Raises:
        OSError: it cannot be created.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def remove_address(path: Path, address: Address) -> None:
    """Remove a file, unless another server has written it meanwhile."""
    if read_address(path) == address:
        path.unlink(missing_ok=True)
