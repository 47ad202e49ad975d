"""A real server in its own process, on a free port of 127.0.0.1."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Self

from tests.support import warm
from tests.support.once import once, run_folder

ROOT = Path(__file__).parent.parent.parent
SERVERS = ("uvicorn", "daphne")
LAYERS = ("local", "memory")
PATIENCE = 3
MANAGE = [str(ROOT / "manage.py")]
ACCOUNTS = "accounts.sqlite3"
ENDED_WELL = (0, -signal.SIGTERM)  # Daphne; uvicorn, which ends by the signal it was sent


# Below the ports that the kernel gives to connections, which could otherwise take one before its server starts.
# Every fourth: a command that takes the next free port takes none that another test was given.
PORTS = range(20_000, 32_000, 4)
candidates = iter(random.Random().sample(PORTS, len(PORTS)))  # not the tests' seed


def free_port() -> int:
    """Return a port that nothing listens on, and that no process of this run of the tests is given again."""
    return next(port for port in candidates if _is_free(port) and _is_ours(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def _is_ours(port: int) -> bool:
    """Claim a port for this process; what it starts may listen on it much later."""
    with contextlib.suppress(FileExistsError):
        (run_folder() / f"port-{port}").touch(exist_ok=False)
        return True
    return False


class Server:
    """A context manager; the server can be killed and restarted on the same port and files."""

    def __init__(self, folder: Path, kind: str = "uvicorn", layer: str = "local", **environment: str) -> None:
        self.folder, self.kind = folder, kind
        self.port = free_port()
        self.log = folder / "server.log"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.support.server_settings",
            "STICKYBOARD_DEBUG": "0",
            "STICKYBOARD_PUBLIC": "1",
            "STICKYBOARD_SECRET_KEY": "only for this test",
            "STICKYBOARD_DATA": str(folder),
            "STICKYBOARD_LAYER": layer,
            **environment,
        }
        self.process: warm.WarmProcess | subprocess.Popen[bytes] | None = None
        self.token = ""
        self.cwd = ROOT
        self.manager = MANAGE
        self.options: list[str] = []  # of the server's command line

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def store_file(self) -> Path:
        return self.folder / "sticky.sqlite3"

    def __enter__(self) -> Self:
        if self.manager is MANAGE:
            accounts, self.token = new_accounts()
            (self.folder / ACCOUNTS).write_bytes(accounts)
        else:
            self.make_accounts()
        self.start()
        return self

    def make_accounts(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.token = self.manage("create_producer_token", "tests", "--quiet").strip()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def manage(self, *words: str) -> str:
        command = [sys.executable, *self.manager, *words]
        if self.is_warm(command):
            done = warm.run(command, self.environment, self.cwd)
        else:
            done = subprocess.run(command, env=self.environment, cwd=self.cwd, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        command = self._command()
        starts = warm.WarmProcess if self.is_warm(command) else subprocess.Popen
        with self.log.open("ab") as log:
            self.process = starts(command, env=self.environment, cwd=self.cwd, stdout=log, stderr=log)
        deadline = time.monotonic() + 30 * PATIENCE
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()

    def is_warm(self, command: list[str]) -> bool:
        """Whether a fork runs this command as a new interpreter would: of this checkout, with the real clock."""
        is_here = self.manager is MANAGE and self.cwd == ROOT and command[0] == sys.executable
        return is_here and "TEST_CLOCK_AHEAD_S" not in self.environment

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)
        self.process = None

    def stop(self) -> None:
        """Stop the process; fail the test if it crashed before or during the shutdown."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            code = ended(process)
        else:
            code = f"{process.returncode}, before it was asked to"
        assert code in ENDED_WELL, f"the server ended with {code}:\n{self.log.read_text()[-5000:]}"

    def memory_bytes(self) -> int:
        assert self.process is not None
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _command(self) -> list[str]:
        application = "dashboard_project.asgi:application"
        if self.kind == "daphne":
            options = ["-b", "127.0.0.1", "-p", str(self.port), "-v0"]
            return [sys.executable, "-m", "broadcast.server.daphne", *options, *self.options, application]
        return [sys.executable, *self.manager, "serve", "--port", str(self.port), *self.options]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.http}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.02)
            return False


def new_accounts() -> tuple[bytes, str]:
    """Return the file of accounts with one token, and the token: made once, as the two commands take seconds."""
    folder = once("accounts", make_accounts)
    return (folder / ACCOUNTS).read_bytes(), (folder / "token").read_text()


def make_accounts(folder: Path) -> None:
    server = Server(folder)
    server.make_accounts()
    (folder / "token").write_text(server.token)


def ended(process: warm.WarmProcess | subprocess.Popen[bytes], timeout_s: float = 60) -> int:
    """Wait for a process to end, killing it if it does not, and return its code."""
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(timeout_s)


def default_signals() -> None:
    """Restore in a child what `nohup` or a job in the background ignores."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


async def until(condition, timeout_s: float = 20.0, what: str = "") -> None:
    """Wait for a condition, and check it again whenever other tasks have run.

    `timeout_s` is for a machine that runs all the time; one that its host stops now and then gets more.
    """
    deadline = asyncio.get_running_loop().time() + PATIENCE * timeout_s
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"not within {timeout_s} s: {what or condition}"
        await asyncio.sleep(0.001)
