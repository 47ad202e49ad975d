"""Stickyboard itself, under any ASGI server that it runs on."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.generator.load import Wire
from benchmarks.peers.base import ROOT, Peer

APPLICATION = "dashboard_project.asgi:application"
BACKLOG = 2048
PROTOCOL = 2
CAUGHT_UP = 'text:"caught_up":true'


def _serve(port: int) -> list[str]:
    return [str(ROOT / "manage.py"), "serve", "--port", str(port)]


def _uvicorn(port: int, websocket: str, loop: str, deflate: str) -> list[str]:
    options = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--backlog", str(BACKLOG)]
    options += ["--ws", websocket, "--loop", loop, "--ws-per-message-deflate", deflate]
    return ["-m", "uvicorn", *options, "--timeout-graceful-shutdown", "1", APPLICATION]


def _daphne(port: int) -> list[str]:
    endpoint = f"tcp:{port}:backlog={BACKLOG}:interface=127.0.0.1"
    return ["-m", "daphne", "-e", endpoint, "-v0", APPLICATION]


def _granian(port: int) -> list[str]:
    options = ["--host", "127.0.0.1", "--port", str(port), "--interface", "asgi", "--backlog", str(BACKLOG)]
    return ["-m", "granian", *options, "--workers", "1", "--log-level", "warning", APPLICATION]


# name -> (command after `python`, packages that it needs)
SERVERS = {
    "serve": (_serve, ("uvicorn", "websockets", "httptools", "uvloop")),
    "uvicorn-websockets": (lambda port: _uvicorn(port, "websockets", "asyncio", "false"), ("uvicorn", "websockets")),
    "uvicorn-websockets-deflate": (
        lambda port: _uvicorn(port, "websockets", "asyncio", "true"),
        ("uvicorn", "websockets"),
    ),
    "uvicorn-websockets+uvloop": (
        lambda port: _uvicorn(port, "websockets", "uvloop", "false"),
        ("uvicorn", "websockets", "uvloop"),
    ),
    "uvicorn-websockets-sansio": (
        lambda port: _uvicorn(port, "websockets-sansio", "asyncio", "false"),
        ("uvicorn", "websockets"),
    ),
    "uvicorn-websockets-sansio+uvloop": (
        lambda port: _uvicorn(port, "websockets-sansio", "uvloop", "false"),
        ("uvicorn", "websockets", "uvloop"),
    ),
    "uvicorn-wsproto": (lambda port: _uvicorn(port, "wsproto", "asyncio", "false"), ("uvicorn", "wsproto")),
    "uvicorn-wsproto+uvloop": (
        lambda port: _uvicorn(port, "wsproto", "uvloop", "false"),
        ("uvicorn", "wsproto", "uvloop"),
    ),
    "daphne": (_daphne, ("daphne",)),
    "granian": (_granian, ("granian",)),
}
DEFAULT_SERVER = "serve"


def environment_in(folder: Path) -> dict[str, str]:
    """Return the environment of a process of this deployment, with its data in a folder."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benchmarks.dashboard.settings",
        "STICKYBOARD_DEBUG": "0",
        "STICKYBOARD_SECRET_KEY": "only for measuring",
        "STICKYBOARD_PUBLIC": "1",
        "STICKYBOARD_DATA": str(folder),
    }


@functools.cache
def _prepared() -> tuple[tempfile.TemporaryDirectory, str]:
    """Return a data folder with accounts and a token, created once and copied for each start."""
    folder = tempfile.TemporaryDirectory(prefix="stickyboard-accounts-")

    def manage(*arguments: str) -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        environment = environment_in(Path(folder.name))
        return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    manage("migrate", "--verbosity", "0")
    return folder, manage("create_producer_token", "benchmarks", "--quiet").strip()


class Stickyboard(Peer):
    """The product.

    Args:
        server: one of `SERVERS`.
    """

    name = "Stickyboard"
    publishes_by = "sticky"

    def __init__(self, server: str = DEFAULT_SERVER) -> None:
        self.server = server

    def why_missing(self) -> str | None:
        for package in SERVERS[self.server][1]:
            try:
                version(package)
            except PackageNotFoundError:
                return f"{package} is not installed (pip install {package})"
        return None

    def version(self) -> str:
        packages = ("Django", "channels", "msgspec", *SERVERS[self.server][1])
        return f"{self.server}: " + ", ".join(f"{package} {version(package)}" for package in packages)

    def environment(self, folder: Path) -> dict[str, str]:
        return environment_in(folder)

    def command(self, folder: Path) -> list[str | Path]:
        prepared, self.token = _prepared()
        shutil.copytree(prepared.name, folder, dirs_exist_ok=True)
        return [sys.executable, *SERVERS[self.server][0](self.port)]

    def follow(self) -> Wire:
        return self.follow_board("ticks")

    def follow_compressed(self) -> Wire:
        return Wire("sticky", f"/ws/board/ticks/?protocol={PROTOCOL}&encoding=deflate")

    def follow_state(self) -> Wire:
        return self.follow_board("state")

    def follow_board(self, board: str) -> Wire:
        """Return how a browser follows a board."""
        return Wire("sticky", f"/ws/board/{board}/?protocol={PROTOCOL}", ready=CAUGHT_UP)

    def publishing(self) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self.port}", "token": self.token}

    def fill(self, entries: int) -> None:
        """Publish this many entries to one keyspace."""
        with self.publisher(("entry",)) as publisher:
            publisher.ask(f"fill {entries}")

    def state_of(self, board: str) -> bytes:
        """Return a board's complete state, equal to the replay of a new browser."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/state/{board}", timeout=30) as answer:
            return answer.read()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False
