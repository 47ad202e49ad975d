"""Where to send events, and with which token, if a program does not say.

In this order: `STICKYBOARD_URL` and `STICKYBOARD_TOKEN`; the board that `stickyboard serve` runs in this folder or in
one above it; this user's board that was started last; the server that `stickyboard login` stored.
The URLs and tokens that a program states are checked here too.
"""

import contextlib
import ipaddress
import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple
from urllib.parse import urlsplit

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

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
    for path in _places():
        if (known := read_address(path)) is None or (url is not None and not _same(url, known.url)):
            continue
        # A downloaded folder may not say where to send a token that is not in it.
        is_trusted = path.parent == user_folder() or is_loopback(urlsplit(known.url).hostname or "")
        if is_trusted or not token or url is not None:
            return Address(known.url, token or known.token)
    raise NoAddress


def known_address(url: str) -> Address:
    """Return the address of a URL that the program has not chosen, with that server's own token only.

    Raises:
        NoAddress: no token for this URL is known.
    """
    of_environment = os.environ.get("STICKYBOARD_TOKEN")
    if of_environment and _same(url, os.environ.get("STICKYBOARD_URL") or ""):
        return Address(url, of_environment)
    for path in _places():
        if (known := read_address(path)) and _same(url, known.url):
            return known
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

    The file of a server that was killed counts as missing, because another user's program may have its port now.

    Raises:
        ValueError: the file is damaged, or other users can read it.
    """
    try:
        with open(path, "rb", opener=_open_plain) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or (path.name == SERVER and not _is_locked(file.fileno())):
                return None
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


def write_address(path: Path, address: Address) -> IO[str]:
    """Write an address to a file that only this user can read, in one step.

    Returns: the locked file; an address in `server.json` counts until it is closed.
    """
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    file = os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "w")
    with contextlib.suppress(OSError, AttributeError):  # a file system, or a system, without locks
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
    json.dump(address._asdict(), file)
    file.flush()
    temporary.replace(path)
    return file


def _open_plain(path: str, flags: int) -> int:
    """Open a file without following a link, and without waiting for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _is_locked(descriptor: int) -> bool:
    """Whether the server that wrote the file still runs; the system releases the lock of a killed one."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (OSError, AttributeError):  # it is locked, or the file system or the system has no locks
        return True
    return False


def private_folder(path: Path) -> None:
    """Create a folder that only this user can read, and those above it that are missing."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def remove_address(path: Path, address: Address) -> None:
    """Remove a file, unless another server has written it meanwhile."""
    if read_address(path) == address:
        path.unlink(missing_ok=True)


def scheme_of(url: str) -> str:
    """Return the scheme, ws or wss, of the sockets at a server's URL.

    Raises:
        ValueError: `url` has no host, or another scheme than http, https, ws and wss.
    """
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in {"ws", "wss"} or not parts.hostname:
        raise ValueError(f'expected a URL like "http://localhost:8000", got "{url}"')
    return scheme


def checked_token(token: str | None) -> str:
    """Return a token without the newline at the end of a file.

    Raises:
        ValueError: it contains a character that no token contains, such as the "…" of an example.
    """
    # A missing environment variable is None; a file may begin with a byte order mark.
    token = (token or "").strip().removeprefix("\ufeff")
    invalid = next((character for character in token if not "!" <= character <= "~"), None)
    if invalid is not None or not token:
        got = f"one that contains {invalid!r}" if invalid else "an empty one"
        raise ValueError(f"expected a token, as printed by `stickyboard token create NAME`, got {got}")
    return token


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, in any notation.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "127.1", "::1", "board.example")]
    [True, True, True, True, False]
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        # Such as "127.1". Without the check for a digit, inet_aton would accept some names.
        with contextlib.suppress(OSError):
            return name[-1:].isdigit() and socket.inet_aton(name)[0] == 127
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified
