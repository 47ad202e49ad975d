"""`stickyboard serve`: from an empty folder to a board, and back."""

import json
import re
import signal
import stat
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from broadcast.server.ports import listen_from
from stickyboard.cli.serve import FIRST_PORT, login_of, read_options
from tests.support.doc_pages import read

BOARD = """
from msgspec import Struct
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value

class Order(Struct):
    shop: str
    amount: float

EVENT_TYPES = [EventType("order", Order, last_value("shop"), title="Orders")]
"""

MAX_END_S = 3.0

pytestmark = pytest.mark.slow


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.read().decode()


def test_it_needs_nothing_and_stores_what_it_is_sent(line):
    server = line.serve()
    assert server.output.count("\n") <= 5
    facts = json.loads((line.folder / ".stickyboard/server.json").read_text())
    assert facts["url"] == server.url
    line.run("send", "run_text", "run=a", "name=b", "text=hello")
    assert "hello" in get(f"{server.url}/api/state/runs")
    others_can_read_nothing(line.folder / ".stickyboard")
    assert server.interrupt() < MAX_END_S
    assert not (line.folder / ".stickyboard/server.json").exists()
    again = line.serve()
    assert "hello" in get(f"{again.url}/api/state/runs")


def others_can_read_nothing(folder: Path) -> None:
    assert folder.stat().st_mode & 0o77 == 0
    assert (folder / ".gitignore").read_text() == "*\n"
    private = ["token", "secret-key", "server.json", "accounts.sqlite3", "sticky.sqlite3"]
    assert [name for name in private if stat.S_IMODE((folder / name).stat().st_mode) & 0o77] == []


def test_it_prints_that_it_takes_another_port(used_line):
    with listen_from("127.0.0.1", FIRST_PORT) as other:
        server = used_line.serve()
        assert f"Port {FIRST_PORT} is in use; using {server.url.rpartition(':')[2]}.\n" in server.output
        port = other.getsockname()[1]
        assert f"port {port} is in use; this one is free" in used_line.run("serve", f"--port={port}", code=1)


def test_a_reload_needs_a_file(capsys):
    with pytest.raises(SystemExit, match="2"):
        read_options(["--reload"])
    assert "stickyboard serve board.py --reload" in capsys.readouterr().err


def test_another_address_needs_a_login(used_line, board):
    board(BOARD)
    server = used_line.serve("--host", "0.0.0.0")
    assert "password" in server.output
    assert "board.py is not served; to serve it: stickyboard serve board.py\n" in server.output
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(f"{server.url}/api/state/runs")
    server.process.send_signal(signal.SIGHUP)
    server.process.wait(60)
    assert not (used_line.folder / ".stickyboard/server.json").exists()
    again = used_line.serve("--host", "0.0.0.0")
    assert "  Login   user admin, password as displayed at the first start; " in again.output
    assert again.output.partition("another one: ")[2].startswith("stickyboard manage changepassword admin\n")
    assert "usage: stickyboard manage changepassword" in used_line.run("manage", "changepassword", "--help")


@pytest.mark.django_db
def test_the_login_names_the_folder_and_the_user(django_user_model):
    assert login_of("", Path("my board")) == "create a user: stickyboard manage createsuperuser --data 'my board'"
    for name in ("ada", "bob"):
        django_user_model.objects.create_superuser(name)
    assert login_of("", Path(".stickyboard")).endswith(": stickyboard manage changepassword ada")


def test_another_address_may_be_public(used_line, board):
    board(BOARD)
    server = used_line.serve("board.py", "--host", "0.0.0.0", "--public")
    assert "is not served" not in server.output
    assert "Login" not in server.output
    assert "stickyboard send" in server.output
    page = get(f"{server.url}/")
    assert "Orders" in page
    assert 'data-send-command="stickyboard send"' in page
    assert "stickyboard token create" in get(f"{server.url}/docs/events/")
    assert "Metrics" in get(f"{server.url}/b/runs/")
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)
    assert not (used_line.folder / ".stickyboard/server.json").exists()


def test_it_restarts_with_a_changed_file(used_line, board):
    """Of a board with a module of its own, beside files whose names are those of Python's modules."""
    module = used_line.folder / "static/own/gauge.js"
    module.parent.mkdir(parents=True)
    module.write_text("export const widget = 1;")
    module.with_suffix(".css").write_text(".own-gauge { color: var(--accent); }")
    text = BOARD.replace('title="Orders"', 'title="Orders", show=Custom(module="own/gauge.js")')
    text = "from broadcast.page.widgets import Custom\n" + text
    board(text)
    server = used_line.serve("board.py", "--reload")
    page = get(f"{server.url}/")
    (path,) = re.findall(r'modulepreload" href="(/static/own/gauge\.\w+\.js)"', page)
    assert get(server.url + path) == "export const widget = 1;"
    assert ".own-gauge" in get(server.url + re.findall(r'href="(/[^"]*style[^"]*)"', page)[0])
    for name in ("random", "fractions", "json", "asyncio", "stickyboard"):
        (used_line.folder / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    module.write_text("export const widget = 2;")
    board("import statistics\n" + text.replace("Orders", "Sales"))
    server.read_until("restarting")
    while "Sales" not in (changed := get(f"{server.url}/")):
        server.read_until("restarting")  # the first one was before the last of these files was written
    assert path not in changed
    assert server.interrupt() < MAX_END_S


def test_a_folder_has_one_server(used_line):
    server = used_line.serve()
    assert server.url in used_line.run("serve", code=1)
    (documented,) = re.findall(r"^stickyboard (share .+)$", read("docs/how-to/share.md"), re.MULTILINE)
    assert f"{server.url}/share/" in used_line.run(*documented.split())
    used_line.run("watch", "--for-s", "1", "--format", "lines")  # of the board that the server shows
    server.process.kill()
    server.process.wait(60)
    assert "no board is running" in used_line.run("watch", code=1)
    assert used_line.serve().url


def test_it_survives_a_killed_first_start(used_line):
    for name in ("secret-key", "token"):
        (used_line.folder / ".stickyboard" / name).write_text("")
    assert used_line.serve().url


def test_a_folder_that_others_can_write_to_is_refused(line):
    folder = line.folder / ".stickyboard"
    folder.mkdir()
    folder.chmod(0o777)
    assert "chmod 700" in line.run("serve", code=1)
    assert list(folder.iterdir()) == []
