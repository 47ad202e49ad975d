"""Processes that are forked from a warm interpreter, which has imported Django and the server but no settings.

A new interpreter needs 1.5 s of CPU time until it serves the board; most of it goes into imports. A fork needs 0.2 s.
"""

import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import reduction
from pathlib import Path
from typing import IO, Any

# Each can be imported without settings. None installs Twisted's reactor, whose files a fork would share.
MODULES = (
    "autobahn.twisted.websocket",
    "autobahn.wamp.auth",
    "autobahn.wamp.message",
    "autobahn.wamp.websocket",
    "autobahn.websocket.protocol",
    "broadcast.apps",
    "broadcast.asgi.origins",
    "broadcast.asgi.sockets",
    "broadcast.browser",
    "broadcast.checks.deploy",
    "broadcast.checks.page",
    "broadcast.checks.redis",
    "broadcast.checks.settings",
    "broadcast.consumers",
    "broadcast.delivery.local_layer",
    "broadcast.events.schemas",
    "broadcast.management.commands.check",
    "broadcast.page.embed_style",
    "broadcast.page.first_paint",
    "broadcast.page.gallery",
    "broadcast.page.import_map",
    "broadcast.page.password_hashing",
    "broadcast.page.static_files",
    "broadcast.page.unknown_host",
    "broadcast.server.http",
    "broadcast.server.run",
    "broadcast.server.websocket",
    "broadcast.sessions",
    "broadcast.sharing.tokens",
    "broadcast.stores",
    "broadcast.views",
    "channels.apps",
    "channels.routing",
    "daphne.http_protocol",
    "daphne.ws_protocol",
    "dashboard_project.event_types",
    "django.contrib.admin.apps",
    "django.contrib.admin.sites",
    "django.contrib.admin.templatetags.admin_list",
    "django.contrib.admin.templatetags.admin_modify",
    "django.contrib.admin.templatetags.log",
    "django.contrib.auth.apps",
    "django.contrib.auth.hashers",
    "django.contrib.auth.password_validation",
    "django.contrib.auth.tokens",
    "django.contrib.auth.validators",
    "django.contrib.contenttypes.apps",
    "django.contrib.messages.apps",
    "django.contrib.messages.middleware",
    "django.contrib.sessions.apps",
    "django.contrib.sessions.middleware",
    "django.contrib.sites.shortcuts",
    "django.contrib.staticfiles.apps",
    "django.core.cache.backends.locmem",
    "django.core.management",
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.migrate",
    "django.db.backends.sqlite3.base",
    "django.db.migrations",
    "django.forms",
    "django.middleware.clickjacking",
    "django.middleware.common",
    "django.middleware.security",
    "django.template.loader_tags",
    "django.templatetags.cache",
    "django.templatetags.l10n",
    "django.templatetags.tz",
    "django.utils.translation.reloader",
    "django.views.csrf",
    "django.views.debug",
    "producers_api.apps",
    "producers_api.post_body",
    "producers_api.messages",
    "producers_api.rate_limit",
    "servestatic.apps",
    "servestatic.middleware",
    "servestatic.runserver_nostatic.apps",
    "twisted.application.service",
    "twisted.internet.asyncioreactor",
    "twisted.internet.endpoints",
    "twisted.internet.ssl",
    "twisted.web.http",
)
forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload([*MODULES, __name__])


class Stream:
    """A file descriptor that is passed to another process."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self.number),)


def _received(passed: Any) -> Stream:
    return Stream(passed.detach())


class WarmProcess:
    """What `subprocess.Popen` is, for a Python script, `-m module` or `-c code`."""

    def __init__(
        self,
        command: list[str],
        env: Mapping[str, str],
        cwd: Path,
        stdout: IO[Any],
        stderr: IO[Any],
        stdin: IO[Any] | None = None,
    ) -> None:
        files = {0: stdin, 1: stdout, 2: stderr}
        streams = {number: Stream(file.fileno()) for number, file in files.items() if file}
        # A daemon, so that a server that a test left behind ends with the tests.
        self._process = forks.Process(target=execute, args=(command[1:], dict(env), str(cwd), streams), daemon=True)
        self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None and self.pid is not None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Talking(WarmProcess):
    """A process whose output is read while it runs."""

    def __init__(self, command: list[str], env: Mapping[str, str], cwd: Path) -> None:
        read, write = os.pipe()
        self.lines, self._errors = os.fdopen(read), tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed by `end`
        with os.fdopen(write, "wb") as output:
            super().__init__(command, env, cwd, output, self._errors)

    def read_until(self, wanted: str) -> str:
        """Return what it printed up to the first line with `wanted` in it."""
        lines = []
        for line in self.lines:
            lines.append(line)
            if wanted in line:
                return "".join(lines)
        raise AssertionError(f"{lines}, {self.end()}")

    def end(self, number: int | None = None) -> tuple[int, str, str]:
        """Send a signal, if one is given, and return its code, what else it printed, and its errors."""
        if number is not None:
            self.send_signal(number)
        with self.lines, self._errors:
            rest, code = self.lines.read(), self.wait(60)
            self._errors.seek(0)
            return code, rest, self._errors.read()


def execute(words: list[str], environment: dict[str, str], cwd: str, streams: dict[int, Stream]) -> None:
    """Become `python words`, in the fork."""
    gc.freeze()  # what the interpreter had imported; to look through it takes as long as to set up Django
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which programs in the background ignore
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which `nohup` ignores
    for number, stream in streams.items():
        os.dup2(stream.number, number)
        os.close(stream.number)
    if 0 in streams:
        sys.stdin = os.fdopen(0)  # multiprocessing has replaced it
    first = cwd if words[0] in ("-m", "-c") else str(Path(words[0]).absolute().parent)
    sys.path[:0] = [first, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    elif words[0] == "-c":
        sys.argv = ["-c", *words[2:]]
        exec(words[1], {"__name__": "__main__"})
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")


def run(command: list[str], env: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it printed, as `subprocess.run` with captured text."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        code = WarmProcess(command, env, cwd, stdout, stderr).wait(120)
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(command, code, stdout.read(), stderr.read())
