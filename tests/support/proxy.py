"""An nginx in front of a test's server, stopped by the test that started it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from tests.support.redis_groups import until
from tests.support.server import Server, free_port

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/bin")
needs_nginx = pytest.mark.skipif(NGINX is None and not os.environ.get("CI"), reason="nginx is missing; install it")

# A location that has a `proxy_set_header` inherits none.
UPGRADE = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'


class Proxy:
    """A context manager; listens on a free port with these `location` blocks."""

    def __init__(self, folder: Path, locations: str) -> None:
        self.folder, self.port = folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        user = "user root; " if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"{user}daemon off; pid {folder}/pid; events {{ worker_connections 256; }} http {{ access_log off; {paths}"
            f"server {{ listen 127.0.0.1:{self.port}; {locations} }} }}"
        )

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        command = [str(NGINX), "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        with (self.folder / "nginx.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until(lambda: (self.folder / "pid").exists() or self._process.poll() is not None)
        assert self._process.poll() is None, (self.folder / "nginx.log").read_text()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)


PREFIX = "/board"


@contextmanager
def below_prefix(folder: Path, kind: str, way: str, strips: bool, **environment: str) -> Iterator[tuple[Server, str]]:
    """Run a server and a proxy; yield the server and the board's URL."""
    if way == "script-name":
        environment["STICKYBOARD_PREFIX"] = PREFIX
    server = Server(folder, kind, **environment)
    if way == "root-path":
        server.options = ["--root-path", PREFIX]
    with server:
        upstream = f"http://127.0.0.1:{server.port}{'/' if strips else ''}"
        location = f"location {PREFIX}/ {{ proxy_pass {upstream}; proxy_set_header Host $http_host; {UPGRADE} }}"
        with Proxy(folder / "proxy", location) as proxy:
            yield server, f"{proxy.http}{PREFIX}"
