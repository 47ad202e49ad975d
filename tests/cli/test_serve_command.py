"""`stickyboard serve`: from an empty folder to a board, and back."""

import json
import re
import signal
import socket
import stat
import urllib.error
import urllib.request

import pytest

BOARD = """
from msgspec import Struct
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value

class Order(Struct):
    shop: str
    amount: float

EVENT_TYPES = [EventType("order", Order, last_value("shop"), title="Orders")]
"""

pytestmark = pytest.mark.slow


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.read().decode()


def test_it_needs_nothing_and_stores_what_it_is_sent(line):
    server = line.serve()
    assert server.output.count("\n") <= 5
    facts = json.loads((line.folder / ".stickyboard/server.json").read_text())
    assert facts["url"] == server.url
    line.run("send", "run_text", "run=a", "name=b", "text=hello")
    assert "hello" in get(f"{server.url}/api/state/runs")
    assert server.interrupt() < 3
    assert not (line.folder / ".stickyboard/server.json").exists()
    again = line.serve()
    assert "hello" in get(f"{again.url}/api/state/runs")


def test_others_on_this_machine_can_read_nothing(line):
    get(f"{line.serve().url}/healthz")
    folder = line.folder / ".stickyboard"
    assert folder.stat().st_mode & 0o77 == 0
    assert (folder / ".gitignore").read_text() == "*\n"
    private = ["token", "secret-key", "server.json", "accounts.sqlite3", "sticky.sqlite3"]
    assert [name for name in private if stat.S_IMODE((folder / name).stat().st_mode) & 0o77] == []


def test_it_takes_the_next_free_port(line):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert re.search(rf"port {port} is in use; .*--port \d+", line.run("serve", "--port", str(port), code=1))
    first, second = line.serve("--data", "a"), line.serve("--data", "b")
    assert first.url != second.url


def test_a_board_file_and_the_runs_are_shown(line, board):
    board(BOARD)
    server = line.serve("board.py")
    assert "Orders" in get(f"{server.url}/")
    assert "Metrics" in get(f"{server.url}/b/runs/")


def test_another_address_needs_a_login(line):
    server = line.serve("--host", "0.0.0.0")
    assert "password" in server.output
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(f"{server.url}/api/state/runs")


def test_another_address_may_be_public(line):
    server = line.serve("--host", "0.0.0.0", "--public")
    assert "password" not in server.output
    assert get(f"{server.url}/api/state/runs")


def test_it_restarts_with_a_changed_file(line, board):
    path = board(BOARD)
    server = line.serve("board.py", "--reload")
    path.write_text(BOARD.replace('title="Orders"', "titel=3"))
    assert "board.py:10" in server.read_until("titel")
    server.read_until("previous version")
    assert "Orders" in get(f"{server.url}/")
    path.write_text(BOARD.replace("Orders", "Sales"))
    server.read_until("restarting")
    assert "Sales" in get(f"{server.url}/")
    assert server.interrupt() < 5


def test_a_module_next_to_the_board_is_served(line, board):
    module = line.folder / "static/own/gauge.js"
    module.parent.mkdir(parents=True)
    module.write_text("export const widget = 1;")
    module.with_suffix(".css").write_text(".own-gauge { color: var(--accent); }")
    drawn = 'title="Orders", show=Custom(module="own/gauge.js")'
    board("from broadcast.page.widgets import Custom\n" + BOARD.replace('title="Orders"', drawn))
    server = line.serve("board.py", "--reload")
    page = get(f"{server.url}/")
    (path,) = re.findall(r'modulepreload" href="(/static/own/gauge\.\w+\.js)"', page)
    assert get(server.url + path) == "export const widget = 1;"
    assert ".own-gauge" in get(server.url + re.findall(r'href="(/[^"]*style[^"]*)"', page)[0])
    module.write_text("export const widget = 2;")
    server.read_until("restarting")
    assert path not in get(f"{server.url}/")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_removes_the_address(line, number):
    server = line.serve()
    server.process.send_signal(number)
    server.process.wait(5)
    assert not (line.folder / ".stickyboard/server.json").exists()


def test_a_folder_has_one_server(line):
    server = line.serve()
    assert server.url in line.run("serve", code=1)
    line.run("watch", "--for-s", "1", "--format", "lines")  # of the board that the server shows
    server.process.kill()
    server.process.wait(5)
    assert "no board is running" in line.run("watch", code=1)
    assert line.serve().url


def test_it_survives_a_killed_first_start(line):
    folder = line.folder / ".stickyboard"
    folder.mkdir(0o700)
    for name in ("secret-key", "token"):
        (folder / name).touch(0o600)
    assert line.serve().url


def test_a_folder_that_others_can_write_to_is_refused(line):
    folder = line.folder / ".stickyboard"
    folder.mkdir()
    folder.chmod(0o777)
    assert "chmod 700" in line.run("serve", code=1)
    assert list(folder.iterdir()) == []


def test_a_file_beside_the_board_replaces_no_module(line, board):
    path = board(BOARD)
    server = line.serve("board.py", "--reload")
    for name in ("random", "fractions", "json", "asyncio", "stickyboard"):
        (line.folder / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    path.write_text("import statistics\n" + BOARD.replace("Orders", "Sales"))
    server.read_until("restarting")
    assert "Sales" in get(f"{server.url}/")


def test_a_bad_save_during_a_restart_does_not_end_it(line, board):
    path = board(BOARD)
    server = line.serve("board.py", "--reload")
    path.write_text(BOARD.replace("Orders", "Sales"))
    server.read_until("restarting")
    path.write_text("EVENT_TYPES = [")
    server.read_until("board.py:1")
    path.write_text(BOARD.replace("Orders", "Visits"))
    server.read_until("restarting")
    assert "Visits" in get(f"{server.url}/")
