"""`manage.py serve` sets every option of the server."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import uvicorn
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from django.core.management import CommandError, call_command
from django.test import override_settings

from broadcast.asgi import lifespan
from broadcast.checks.runserver import application_problem, check_application
from broadcast.conf import settings
from broadcast.management.commands import serve
from broadcast.server import run
from broadcast.server.http import HTTPProtocol
from broadcast.server.websocket import WebSocketProtocol
from tests.support.doc_pages import PAGES
from tests.support.responses import fetch
from tests.support.server import ACCOUNTS, ROOT, Server, ended, new_accounts

FOLDERS = ("deploy", "dashboard_project")


@pytest.fixture
def started(monkeypatch) -> list[tuple[str, dict]]:
    """The options with which uvicorn would have been started."""
    calls: list[tuple[str, dict]] = []
    monkeypatch.setattr(uvicorn, "run", lambda application, **options: calls.append((application, options)))
    monkeypatch.setattr(run, "raise_file_limit", lambda: None)
    monkeypatch.setattr(serve, "check_port", lambda *_, **__: None)  # a real server may have this one
    return calls


def test_it_sets_everything(started):
    call_command("serve")
    [(application, options)] = started
    config = uvicorn.Config(application, **options)
    assert application == "dashboard_project.asgi:application"
    assert (config.host, config.port, config.workers) == ("127.0.0.1", 8000, 1)
    assert config.ws_max_size == 2 * settings().MAX_MESSAGE_BYTES  # the application answers a message in between
    assert config.ws_per_message_deflate is False
    assert config.access_log is False
    assert 0 < config.timeout_graceful_shutdown <= 3
    assert uvicorn.importer.import_from_string(config.http) is HTTPProtocol
    assert uvicorn.importer.import_from_string(config.ws) is WebSocketProtocol


@pytest.mark.parametrize(("words", "workers"), [([], 4), (["--workers", "1"], 1)])
def test_it_starts_as_many_processes_as_are_set(started, monkeypatch, words, workers):
    monkeypatch.setenv("WEB_CONCURRENCY", "3")  # uvicorn would read it, but the settings may have another number
    with override_settings(BROADCAST={**django_settings.BROADCAST, "PROCESSES": 4}):
        call_command("serve", *words)
    [(application, options)] = started
    assert uvicorn.Config(application, **options).workers == workers


@pytest.mark.parametrize(("variable", "trusted"), [(None, ""), ("", ""), ("10.0.0.1", "10.0.0.1")])
def test_it_trusts_no_proxy_that_is_not_named(started, monkeypatch, variable, trusted):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", variable or "")
    if variable is None:
        monkeypatch.delenv("FORWARDED_ALLOW_IPS")
    call_command("serve")
    [(application, options)] = started
    assert uvicorn.Config(application, **options).forwarded_allow_ips == trusted


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["--uds", "/run/board.sock"], "uds", "/run/board.sock"),
        (["--root-path", "/board/"], "root_path", "/board"),
        (["--workers", "3"], "workers", 3),
        (["--forwarded-allow-ips", "10.0.0.1"], "forwarded_allow_ips", "10.0.0.1"),
        (["--access-log"], "access_log", True),
        (["--log-level", "info"], "log_level", "info"),
    ],
)
def test_its_words_reach_the_server(started, words, name, value):
    call_command("serve", *words)
    assert started[0][1][name] == value


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(started, port):
    with pytest.raises(CommandError, match=f"{port}"):
        call_command("serve", f"--port={port}")
    assert not started


def test_a_port_that_is_none_is_refused_in_the_terminal(capsys):
    with pytest.raises(SystemExit, match="2"):
        serve.Command().run_from_argv(["manage.py", "serve", "--port", "0"])
    assert 'expected a port from 1 to 65535, got "0"' in capsys.readouterr().err


def test_the_check_reports_a_project_without_application(settings):
    del settings.ASGI_APPLICATION
    found = application_problem()
    assert found is not None
    assert found.hint == 'Add to the settings: ASGI_APPLICATION = "dashboard_project.asgi.application"'


@pytest.mark.parametrize(("command", "is_found"), [("check", False), ("runserver", True)])
@override_settings(ASGI_APPLICATION=None)
def test_a_missing_application_is_reported_by_the_server(monkeypatch, command, is_found):
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    assert bool([*check_application()]) == is_found


@override_settings(ASGI_APPLICATION=None)
def test_a_project_without_an_application_gets_an_error(started):
    with pytest.raises(CommandError, match="ASGI_APPLICATION"):
        call_command("serve")


@override_settings(MIDDLEWARE=[], DEBUG=True)
def test_it_warns_if_nothing_serves_static_files(started, caplog):
    call_command("serve")
    assert "servestatic.middleware.ServeStaticMiddleware" in caplog.text
    caplog.clear()
    with override_settings(SILENCED_SYSTEM_CHECKS=["stickyboard.W018"]):
        call_command("serve")
    assert not caplog.text
    assert len(started) == 2


pages_only = get_asgi_application()


@override_settings(ASGI_APPLICATION="tests.server.test_serve.pages_only")
def test_an_application_without_sockets_is_refused(started, monkeypatch):
    with pytest.raises(CommandError, match=r"test_serve\.py, write: from producers_api"):
        call_command("serve")
    assert not started
    for command, reported in (("check", True), ("migrate", False)):
        monkeypatch.setattr(sys, "argv", ["manage.py", command])
        assert bool([*check_application()]) == reported
    with override_settings(ASGI_APPLICATION="producers_api.asgi.application"):
        monkeypatch.setattr(sys, "argv", ["manage.py", "check"])
        assert not [*check_application()]


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["--port=9000"], "http://127.0.0.1:9000/"),
        (["--host=::1", "--root-path=/board/"], "http://[::1]:8000/board/"),
        (["--uds=/run/board.sock"], "/run/board.sock"),
    ],
)
def test_it_prints_its_address_to_a_log_file_at_once(started, tmp_path, words, printed):
    with (tmp_path / "log").open("w") as log:
        call_command("serve", *words, stdout=log)
        assert f"Serving {printed} " in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("family", "name", "printed"),
    [
        (socket.AF_INET, ("127.0.0.1", 0), "http://127.0.0.1:{}/board/"),
        (socket.AF_INET6, ("::1", 0), "http://[::1]:{}/board/"),
        (socket.AF_UNIX, "\0a board", "@a board"),
    ],
    ids=["IPv4", "IPv6", "Unix"],
)
def test_it_prints_the_address_of_a_socket_that_was_passed_in(started, capsys, family, name, printed):
    with socket.socket(family) as listener:
        listener.bind(name)
        call_command("serve", f"--fd={listener.fileno()}", "--root-path=/board")
        assert started[0][1]["fd"] == listener.fileno()
        port = listener.getsockname()[1]
    assert capsys.readouterr().out == f"Serving {printed.format(port)}\n"


def test_a_descriptor_that_is_no_socket_is_refused(started, tmp_path):
    with (tmp_path / "file").open("w") as file, pytest.raises(CommandError, match="is not a socket"):
        call_command("serve", f"--fd={file.fileno()}")
    with pytest.raises(CommandError, match="is not a socket"):
        call_command("serve", f"--fd={2**40}")
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams, pytest.raises(CommandError, match="TCP or Unix"):
        call_command("serve", f"--fd={datagrams.fileno()}")
    assert not started


def test_a_used_port_is_refused_before_anything_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("it was started"))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"^port {port} is in use; .*--port \d+"):
            call_command("serve", f"--port={port}")
    assert capsys.readouterr().out == ""


def test_docs_and_deploy_files_start_servers_with_serve():
    files = [*PAGES, *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file())]
    bare = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in files
        if path.suffix in (".md", ".py", ".service", ".yaml", "") and "benchmarks" not in path.name
        for line in path.read_text().splitlines()
        if "-m uvicorn" in line or '"-m", "uvicorn"' in line or line.startswith("uvicorn ")
    ]
    assert bare == []


def test_a_server_without_limits_is_logged(caplog, monkeypatch):
    lifespan.warn_if_unbounded()
    assert not caplog.records
    monkeypatch.delitem(sys.modules, "broadcast.server.websocket")
    lifespan.warn_if_unbounded()
    assert "manage.py serve" in caplog.text


class BareServer(Server):
    """A uvicorn without our options."""

    def _command(self) -> list[str]:
        # A new interpreter, because a fork of the tests' warm one has the limits loaded.
        command = ["/usr/bin/env", sys.executable, "-m", "uvicorn", "--port", str(self.port)]
        return [*command, "dashboard_project.asgi:application"]


@pytest.mark.slow
def test_a_bare_uvicorn_logs_a_warning(tmp_path):
    with BareServer(tmp_path) as server:
        assert "manage.py serve" in server.log.read_text()


def test_ours_does_not_and_logs_no_request(tmp_path):
    with Server(tmp_path) as server:
        assert server.log.read_text().splitlines() == [f"Serving {server.http}/ (Ctrl-C ends it)"]


@pytest.mark.slow
def test_it_listens_on_a_unix_socket_and_an_inherited_one(tmp_path):
    server = Server(tmp_path)
    (tmp_path / ACCOUNTS).write_bytes(new_accounts()[0])
    path = tmp_path / "board.sock"
    assert b"200 OK" in asked_at(server, path, "--uds", str(path))
    passed = tmp_path / "passed.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(passed))
        listening.listen()
        os.set_inheritable(listening.fileno(), True)
        assert b"200 OK" in asked_at(server, passed, "--fd", str(listening.fileno()), fd=listening.fileno())


def asked_at(server: Server, path: Path, *words: str, fd: int | None = None) -> bytes:
    command = [sys.executable, "manage.py", "serve", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=server.environment, pass_fds=() if fd is None else (fd,))
    try:
        return ask_when_it_listens(process, path)
    finally:
        process.send_signal(signal.SIGTERM)
        assert ended(process) == -signal.SIGTERM


def ask_when_it_listens(process: subprocess.Popen[bytes], path: Path) -> bytes:
    while process.poll() is None:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            try:
                client.connect(str(path))
            except OSError:
                continue
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return client.recv(1024)
    raise AssertionError("the server ended")


def test_half_a_post_and_half_a_request_do_not_delay_its_end(tmp_path):
    with Server(tmp_path) as server, ExitStack() as stack:
        halves = [
            b"GET / HTTP/1.1\r\nHost: localhost\r\n",
            b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx",
            b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
            b"Authorization: Bearer " + server.token.encode() + b"\r\n\r\n[",
        ]
        address = ("127.0.0.1", server.port)
        opened = [stack.enter_context(socket.create_connection(address, timeout=60)) for _ in halves]
        for one, half in zip(opened, halves, strict=True):
            one.sendall(half)
        for _ in range(5):  # the others were sent before, and are read meanwhile
            assert fetch(server, "/livez")[0] == 200
        server.stop()
        assert [one.recv(1000) for one in opened] == [b"", b"", b""]
        assert "running task" not in server.log.read_text()  # uvicorn's, of tasks that it had to cancel
