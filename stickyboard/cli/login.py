"""`stickyboard login URL`: stores a server's address and token for this user."""

import getpass
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence

from broadcast.management.parser import Parser
from stickyboard.address import LOGIN, Address, checked_token, scheme_of, user_folder, write_address

CHECK_S = 10.0


def run(words: Sequence[str]) -> int:
    parser = Parser(
        prog="stickyboard login",
        description="Stores a server's address and token for this user. Programs on this machine then need neither, "
        "unless a board is running here.",
    )
    parser.add_argument("url", metavar="URL", help="Address of the server, such as https://board.example.org.")
    parser.add_argument("--token", help="Token; without it, the command asks for one, or reads it from a pipe.")
    options = parser.parse_args(words)
    try:
        scheme_of(options.url)
    except ValueError as exc:
        sys.exit(str(exc))
    token = options.token or read_token(options.url)
    if problem := problem_of(options.url, token):
        sys.exit(f"nothing was stored: {problem}")
    path = user_folder() / LOGIN
    write_address(path, Address(options.url, token)).close()
    print(f"Stored in {path}")
    return 0


def read_token(url: str) -> str:
    """Ask for the token, or read it from a pipe; exit with a sentence if there is neither."""
    if sys.stdin is not None and sys.stdin.isatty():
        return getpass.getpass("Token: ").strip()
    if token := (sys.stdin.readline() if sys.stdin is not None else "").strip():
        return token
    command = f"stickyboard login {url}"
    how = f'{command} --token "$STICKYBOARD_TOKEN", or: echo "$STICKYBOARD_TOKEN" | {command}'
    sys.exit(f"there is no terminal that could ask for the token; type: {how}")


def problem_of(url: str, token: str) -> str:
    """Send no event, once; return why the server does not accept the token, "" if it does."""
    try:
        address = f"{url.rstrip('/')}/api/events"
        headers = {"Authorization": f"Bearer {checked_token(token)}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, b"[]", headers)
        with urllib.request.urlopen(request, timeout=CHECK_S):
            return ""
    except urllib.error.HTTPError as exc:
        return f"{url} does not accept this token" if exc.code in (401, 403) else f"{address} answers {exc.code}"
    except OSError as exc:
        return f"{url} does not answer: {exc}"
    except ValueError as exc:
        return str(exc)
