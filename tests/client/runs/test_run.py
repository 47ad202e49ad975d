"""A run over lost connections, forks and the end of its process."""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

import stickyboard
from stickyboard import connection, runs
from stickyboard.address import Address, write_address
from stickyboard.connection import Backoff, ProducerConnection, socket_url
from stickyboard.runs import Run, RunWarning, open_runs
from stickyboard.runs.file_outbox import JournalOutbox
from stickyboard.runs.journal import Header, Journal, journals
from stickyboard.runs.sender import JournalSender
from stickyboard.runs.unsent import address_of, send_unsent
from tests.support.logged_runs import NOWHERE, Applied, begin
from tests.support.scripted_server import ScriptedServer, close_with, send_reply, serving
from tests.support.server import until

drain, close = JournalSender.drain, JournalSender.close


async def send_rest(folder: Path) -> list[str]:
    outcomes = await asyncio.to_thread(lambda: list(send_unsent(folder / "runs", 60, print)))
    return [each.problem for each in outcomes]


def run_and_kill(folder: Path, *lines: str) -> None:
    """Run a script with a run that logs 20 steps, and then the lines."""
    start = [
        "import os, signal, sys, warnings; warnings.simplefilter('ignore'); import stickyboard",
        f"run = stickyboard.init('t', url={NOWHERE!r}, token='x', folder={str(folder)!r})",
        "[run.log({'loss': 1}) for _ in range(20)]",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(stickyboard.__file__).parent.parent)}
    command = [sys.executable, "-c", "\n".join([*start, *lines])]
    subprocess.run(command, check=False, stderr=subprocess.DEVNULL, env=environment)


async def test_every_step_arrives_once_over_lost_connections(tmp_path: Path):
    script = Applied(3, 1, 7)
    async with serving(script) as server:
        run = begin(server, tmp_path)
        for step in range(50):
            run.log({"loss": 1 / (step + 1)})
        await asyncio.to_thread(run.finish, timeout_s=60)
    assert script.steps == list(range(50))
    assert script.seqs == list(range(1, len(script.seqs) + 1))
    assert script.statuses == ["running", "finished"]
    assert journals(tmp_path / "runs") == []


def test_an_unknown_option_suggests_another():
    assert list(runs.OPTIONS) == list(Run.__init__.__kwdefaults__ or ())
    for option, near in (("nme", "name"), ("stric", "strict")):
        with pytest.raises(
            TypeError, match=rf'^init\(\) has no option "{option}"; did you mean "{near}"\? Its options'
        ):
            stickyboard.init(**{option: 3})
    with pytest.raises(TypeError, match=r'"colour"\. Its options are name, config, url,'):
        stickyboard.init(colour=3)


def test_a_problem_of_the_thread_names_the_program(tmp_path: Path):
    with pytest.warns(RunWarning, match="expected a URL") as warned:
        Run("t", url="localhost:8000", token="x", folder=tmp_path).finish(timeout_s=60)
    (warning,) = [each for each in warned if each.category is RunWarning]
    assert warning.filename == __file__


def test_a_token_that_none_is_appears_in_no_message(tmp_path: Path, caplog, capsys):
    with pytest.warns(RunWarning, match="expected a token") as warned:
        Run("t", url=NOWHERE, token="sticky_…", folder=tmp_path).finish(timeout_s=1)
    assert "sticky_" not in f"{warned[0].message}{caplog.text}{capsys.readouterr().err}"


def test_what_was_sent_to_no_address_goes_to_the_board(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STICKYBOARD_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("STICKYBOARD_TOKEN", "x")
    assert address_of("localhost:8000") == Address("http://127.0.0.1:8000", "x")


async def test_it_sends_to_a_board_that_starts_later(tmp_path: Path):
    with pytest.warns(RunWarning, match="stickyboard serve"):
        run = Run("t", folder=tmp_path)
    run.log({"loss": 1})
    script = Applied()
    async with serving(script) as server:
        with write_address(tmp_path / ".stickyboard/server.json", Address(server.url, "secret")):
            await server.wait_for(lambda: script.steps == [0])
            await asyncio.to_thread(run.finish, timeout_s=60)
    assert script.steps == [0]


async def test_it_leaves_a_dead_board_until_it_starts_again(tmp_path: Path):
    file, script = tmp_path / ".stickyboard/server.json", Applied(1, *[0] * 1000)
    async with serving(script) as server:
        address = Address(server.url, "secret")
        with write_address(file, address):
            run = Run("t", folder=tmp_path)
            await server.wait_for(lambda: script.statuses == ["running"])
        assert run._sender is not None
        await until(lambda: "no board is running" in run._sender.problem)
        script.cuts.clear()
        run.log({"loss": 1})
        with write_address(file, address):
            await asyncio.to_thread(run.finish, timeout_s=60)
    assert script.steps == [0]
    assert script.statuses == ["running", "finished"]


async def test_it_is_stored_without_a_server_and_sent_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.warns(RunWarning, match="stickyboard serve"):
        run = Run("t", folder=tmp_path)
    for thread in threading.enumerate():
        if thread.name == "stickyboard unsent runs":  # which would send this one, too, once it is finished
            await asyncio.to_thread(thread.join)
    for _ in range(3):
        run.log({"loss": 1})
    await asyncio.to_thread(run.finish, timeout_s=60)
    script = Applied()
    monkeypatch.setenv("STICKYBOARD_TOKEN", "secret")
    async with serving(script) as server:
        monkeypatch.setenv("STICKYBOARD_URL", server.url)
        assert await send_rest(tmp_path) == [""]
    assert script.steps == [0, 1, 2]
    assert script.statuses[-1] == "finished"


async def test_the_next_run_sends_a_killed_one_as_crashed(tmp_path: Path):
    script = Applied()
    await asyncio.to_thread(run_and_kill, tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    async with serving(script) as server:
        with write_address(tmp_path / ".stickyboard/server.json", Address(server.url, "secret")):
            run = begin(server, tmp_path)
            await server.wait_for(lambda: "crashed" in script.statuses)
            await asyncio.to_thread(run.finish, timeout_s=60)
    assert script.steps == list(range(20))
    assert "crashed" in script.statuses


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("pass", "finished"),
        ("raise ValueError", "failed"),
        ("sys.exit(3)", "finished"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "failed"),
    ],
)
def test_the_end_of_the_program_ends_the_run(tmp_path: Path, end: str, status: str):
    run_and_kill(tmp_path, end)
    (path,) = journals(tmp_path / "runs")
    last = json.loads(path.read_text().splitlines()[-1])
    assert [event["status"] for event in last] == [status]


async def test_a_forked_child_logs_to_the_same_run(tmp_path: Path):
    script = Applied()
    async with serving(script) as server:
        run = begin(server, tmp_path)
        run.log({"loss": 1})
        with warnings.catch_warnings(), run._lock:  # as if another thread were logging
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
            child = os.fork()
        if child == 0:
            run.log({"loss": 2}, step=7)
            os._exit(0)
        await asyncio.to_thread(os.waitpid, child, 0)
        await asyncio.to_thread(run.finish, timeout_s=60)
    assert sorted(script.steps) == [0, 7]


async def test_it_warns_once_about_a_refused_token(tmp_path: Path):
    async with serving(close_with(4501)) as server:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run = begin(server, tmp_path)
            await server.wait_for(lambda: bool(server.close_codes))
            for _ in range(5):
                run.log({"loss": 1})
            await asyncio.to_thread(run.finish)
    assert [str(each.message)[:5] for each in caught if issubclass(each.category, RunWarning)] == ["ws://"]


async def test_it_names_what_the_board_refuses(tmp_path: Path):
    async def refuse(server: ScriptedServer, socket: Any) -> None:
        while True:
            seq = (await server.next_message(socket))["seq"]
            await send_reply(socket, "error", seq, code="not_allowed", message="run_metric", index=0, retry=False)
            await send_reply(socket, "ack", seq, accepted=0)

    async with serving(refuse) as server:
        with pytest.warns(RunWarning, match="administrator") as caught:
            run = begin(server, tmp_path)
            run.log({"loss": 1})
            await asyncio.to_thread(run.finish, timeout_s=60)
    assert [each.category for each in caught].count(RunWarning) == 1
    assert run.problems == 3


async def test_an_acknowledged_message_resets_the_delay(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async def acknowledge_and_break(server: ScriptedServer, socket: Any) -> None:
        await send_reply(socket, "ack", (await server.next_message(socket))["seq"], accepted=1)
        await server.next_message(socket)
        socket.transport.abort()

    journal = Journal.create(tmp_path / "a.jsonl", Header("a", "a", ""))
    for _ in range(8):
        journal.append(b"[1]")
    delays: list[float] = []

    class Recording(Backoff):
        def next_s(self) -> float:
            delays.append(super().next_s())
            return 0.0

    backoff = Recording(lambda: 0.01)
    async with serving(acknowledge_and_break) as server:
        outbox = JournalOutbox(journal, lambda *_: None)
        producer = ProducerConnection(socket_url(server.url, "a"), "secret", outbox, backoff, lambda _: None)
        task = asyncio.create_task(producer.run())
        await server.wait_for(lambda: len(server.close_codes) >= 6)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert set(delays) == {0.002}
    assert caplog.text.count("trying again") > 1  # each loss after a reply is a new one
    outbox.close()
    journal.close()


async def test_all_runs_of_a_process_report_a_missing_server_once(tmp_path: Path, caplog, capsys, monkeypatch):
    monkeypatch.setattr(connection, "logged", {})
    runs = [Run(name, url=NOWHERE, token="x", folder=tmp_path) for name in "abc"]
    await until(lambda: all(run._sender.problem for run in runs))
    assert caplog.text.count("no connection") == 1
    monkeypatch.setattr(JournalSender, "drain", lambda sender, _: drain(sender, 0))
    open_runs._finish_all()
    assert re.findall(r"a and 2 more: .*no connection.*", capsys.readouterr().err)


def test_all_runs_are_sent_at_the_same_time_at_the_end(tmp_path: Path, capsys, monkeypatch):
    calls = []
    monkeypatch.setattr(JournalSender, "drain", lambda sender, _: (calls.append("drain"), drain(sender, 0)))
    monkeypatch.setattr(JournalSender, "close", lambda sender: (calls.append("close"), close(sender))[1])
    for name in "ab":
        Run(name, url=NOWHERE, token="x", folder=tmp_path)
    open_runs._finish_all()
    assert calls == ["drain", "drain", "close", "close"]
