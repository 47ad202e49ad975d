"""`stickyboard serve --reload`: another server for each version of the board file that has no error."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from dashboard_project.children import Children
from stickyboard.cli.local import STATIC

POLL_S: Final = 0.3
STOP_S: Final = 4.0
ROOT: Final = str(Path(__file__).parents[2])
# Neither this folder nor the file's comes first on the path of modules (-P): they may have a module called like one of
# Python. A checkout that is not installed is last.
COMMAND: Final = [
    *(sys.executable, "-P", "-c"),
    f"import sys; sys.path.append({ROOT!r}); from stickyboard.cli.main import main; main()",
]


def serve_again(
    words: Sequence[str], file: Path, listener: socket.socket, program: Sequence[str] = COMMAND, poll_s: float = POLL_S
) -> int:
    """Serve until Ctrl-C, and restart when the file, another Python file beside it, or a file in `static/` changes.

    All servers inherit one listening socket, so browsers that connect in between wait instead of failing. While the
    file has an error, the server continues with the previous version.
    """
    command = [*program, "serve", *words, f"--fd={listener.fileno()}"]
    wait = partial(wait_for_change, file, program=program, poll_s=poll_s)
    with contextlib.suppress(KeyboardInterrupt), Children(Path.cwd(), grace_s=STOP_S) as children:
        is_first = True
        while True:
            seen = versions(file)
            server = children.start("server", command, descriptors=[listener.fileno()])
            has_changed = wait(seen, server.poll)
            children.stop("server")
            if not has_changed:
                if is_first or server.returncode <= 0:
                    return server.returncode
                # The file was saved with an error while the server started.
                print("The board is down until the file is saved without an error.", flush=True)
                wait(seen, lambda: None)
            print(f"{file.name} has changed; restarting …", flush=True)
            if is_first:
                command, is_first = [*command, "--quiet"], False
    return 0


def wait_for_change(
    file: Path, seen: dict[str, int], ended: Callable[[], object], program: Sequence[str], poll_s: float
) -> bool:
    """Wait until the file has changed and has no error; return False if `ended` returns something before."""
    while ended() is None:
        time.sleep(poll_s)
        if (now := versions(file)) == seen:
            continue
        seen = now
        problem = problem_of(file, program)
        if not problem:
            return True
        print(f"{problem}\nThe board continues with the previous version.", flush=True)
    return False


def versions(file: Path) -> dict[str, int]:
    """Return the times of change of the file, of the Python files beside it, and of its static files."""
    found = {}
    for path in {file, *file.parent.glob("*.py"), *(file.parent / STATIC).rglob("*.*")}:
        try:
            found[str(path)] = path.stat().st_mtime_ns
        except OSError:
            continue  # an editor replaces it now
    return found


def problem_of(file: Path, program: Sequence[str]) -> str:
    """Check a board file in a process of its own; return the error, "" if there is none."""
    done = subprocess.run([*program, "check", str(file), "--quiet"], capture_output=True, text=True, check=False)
    return (done.stderr or done.stdout).strip() if done.returncode else ""
