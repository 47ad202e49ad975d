"""The conformance kit passes every client of this project, and fails clients with the classic mistakes."""

import re
import shutil
import subprocess
import sys

import pytest

from stickyboard.conformance import ClientError, Failure, play, read_cases, start
from stickyboard.conformance.peer import STEPS, differences, heads_of
from stickyboard.conformance.play import Case, read_case
from tests.support.conformance.mistakes import MISTAKES
from tests.support.conformance.watcher_client import WatcherClient
from tests.support.doc_pages import read, rows
from tests.support.server import ROOT

CASES = {case.name: case for case in read_cases()}


def documented_client() -> str:
    """Return the client in the docs, with the adapter in the docs."""
    protocol, conformance = read("docs/reference/protocol.md"), read("docs/reference/conformance.md")
    (client, *_) = re.findall(r"^<!-- run -->\n```python\n(.*?)^```$", protocol, re.MULTILINE | re.DOTALL)
    (adapter,) = re.findall(r"^<!-- adapter -->\n```python\n(.*?)^```$", conformance, re.MULTILINE | re.DOTALL)
    return client + adapter


def check(*command: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "stickyboard", "conformance", "--timeout", "60", "--", *command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=240)


def assert_passes(done: subprocess.CompletedProcess[str]) -> None:
    failed = [line for line in done.stdout.splitlines() if not line.startswith("passed")]
    assert failed == [f"{len(CASES)} of {len(CASES)} cases passed"], done.stdout + done.stderr
    assert done.returncode == 0


def test_python_client_conforms():
    assert_passes(check(sys.executable, "-m", "tests.support.conformance.watcher_client"))


@pytest.mark.slow  # the same on every Python
def test_client_of_the_page_conforms():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is missing; install Node.js 20")
    assert_passes(check(node, "--experimental-websocket", "--no-warnings", "tests/js/conformance_client.js"))


def test_client_in_the_docs_conforms(tmp_path):
    file = tmp_path / "client.py"
    file.write_text(documented_client())
    assert_passes(check(sys.executable, str(file)))


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_found(mistake):
    make_watcher, case = MISTAKES[mistake]
    with pytest.raises(Failure):
        await play(CASES[case], WatcherClient(make_watcher), timeout_s=0.5)


async def test_program_that_ends_is_named():
    with pytest.raises(ClientError, match="exit code 3"):
        async with start(["/bin/sh", "-c", "exit 3"]) as program:
            await program._process.wait()
            await play(CASES["replay"], program, timeout_s=0.1)


SILENT = """
import contextlib, json, sys, websockets.sync.client as ws
for line in sys.stdin:
    if (command := json.loads(line))["command"] == "follow":
        url = command["url"]
        with contextlib.suppress(OSError):  # this server has gone
            socket = ws.connect(url.replace("http", "ws", 1) + "/ws/board/main/?protocol=2", origin=url)
"""


async def test_what_was_awaited_is_named():
    async with start([sys.executable, "-c", SILENT]) as program:
        for seconds in (1.0, 8.0, 60.0):
            with pytest.raises(Failure) as caught:
                await play(CASES["acknowledge_half_a_window"], program, timeout_s=seconds)
            if not str(caught.value).endswith("for a connection"):
                break  # the program had started by then
        assert re.search("acked.*acknowledgement of 2 updates, after one of 0", str(caught.value))
        with pytest.raises(Failure, match='"left"'):
            await play(Case("nothing", "", ()), program, timeout_s=0.05)


def test_only_entries_that_differ_are_named():
    got, wanted = {"a": {"x": 1, "y": 2}, "b": {}}, {"a": {"x": 1, "y": 3}, "c": {"z": None}}
    assert differences(got, wanted) == ['a["y"] is 2, expected 3', 'c["z"] is missing, expected null']


async def test_program_that_prints_a_log_is_named():
    with pytest.raises(ClientError, match='"hello"'):
        async with start([sys.executable, "-c", "print('hello', flush=True); input()"]) as program:
            await program.picture()


def test_a_missing_program_is_named():
    done = check("/no/such/client")
    assert (done.returncode, "/no/such/client" in done.stderr) == (1, True)


@pytest.mark.parametrize("content", ["{}", '{"sentence":"x","steps":[{"a":1,"b":2}]}', "[1]"])
def test_a_file_that_is_no_case_is_named(tmp_path, content):
    file = tmp_path / "odd.json"
    file.write_text(content)
    with pytest.raises(ValueError, match="odd"):
        read_case(file)


@pytest.mark.parametrize("cursor", ["a", "a:b", "a:b:c"])
def test_a_cursor_that_is_none_is_a_failure(cursor):
    with pytest.raises(Failure, match="cursor"):
        heads_of(cursor)


def test_page_lists_every_step():
    assert {name for name in rows(read("docs/reference/conformance.md")) if name in STEPS} == set(STEPS)
    assert {name for case in CASES.values() for name, _ in case.steps} == set(STEPS)


def test_page_states_the_number_of_cases():
    assert f"{len(CASES)} of {len(CASES)} cases passed" in read("docs/reference/conformance.md")
