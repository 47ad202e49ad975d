# Over 300 lines: what one run promises, whatever happens to its server, its process and its values.
"""A run over lost connections, forks, full disks and the end of its process."""

import asyncio
import errno
import json
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import stickyboard
from stickyboard.address import Address, write_address
from stickyboard.connection import Backoff, ProducerConnection, socket_url
from stickyboard.runs import Run, RunError, RunWarning, open_runs
from stickyboard.runs.journal import Header, Journal, Reader, journals
from stickyboard.runs.outbox import JournalOutbox
from stickyboard.runs.unsent import send_unsent
from tests.support.scripted_server import ScriptedServer, acknowledge, close_with, send_reply, serving
from tests.support.server import until

NOWHERE = "http://127.0.0.1:1"


class Applied:
    """A script that applies each message once, as the server does, and may break off."""

    def __init__(self, *cuts: int) -> None:
        self.cuts, self.seqs, self.events = list(cuts), [], []

    async def __call__(self, server: ScriptedServer, socket: Any) -> None:
        cut = self.cuts.pop(0) if self.cuts else None
        count = 0
        while cut is None or count < cut:
            message = await server.next_message(socket)
            count += 1
            if not self.seqs or message["seq"] > self.seqs[-1]:
                self.seqs.append(message["seq"])
                async with server.arrived:
                    self.events += message["events"]
                    server.arrived.notify_all()
            if cut is None:
                await send_reply(socket, "ack", message["seq"], accepted=1)
        socket.transport.abort()

    @property
    def steps(self) -> list[float]:
        return [event["step"] for event in self.events if event["type"] == "run_metric"]

    @property
    def statuses(self) -> list[str]:
        return [event["status"] for event in self.events if event["type"] == "run"]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No address is known, whatever runs on this machine, and no run is left open by a test that failed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name in ("STICKYBOARD_URL", "STICKYBOARD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield
    while (run := open_runs.newest()) is not None:
        run.finish(timeout_s=0)


@pytest.fixture
def unsent(tmp_path: Path) -> Iterator[Run]:
    """A run whose server does not answer."""
    run = Run("t", url=NOWHERE, token="x", folder=tmp_path)
    yield run
    run.finish(timeout_s=0)


def begin(server: ScriptedServer, folder: Path, **options: Any) -> Run:
    return Run("t", url=server.url, token="secret", folder=folder, **options)


def written(run: Run) -> list[dict[str, Any]]:
    """Return the events in a run's journal."""
    reader = Reader(run._journal.path)
    events = [event for _, message in reader.messages() for event in json.loads(message)]
    reader.close()
    return events


async def send_rest(folder: Path) -> list[str]:
    outcomes = await asyncio.to_thread(lambda: list(send_unsent(folder / "runs", 5, print)))
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
        await asyncio.to_thread(run.finish, timeout_s=30)
    assert script.steps == list(range(50))
    assert script.seqs == list(range(1, len(script.seqs) + 1))
    assert script.statuses == ["running", "finished"]
    assert journals(tmp_path / "runs") == []


async def test_it_sends_to_a_board_that_starts_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stickyboard.runs.sender.LOOK_S", 0.02)
    with pytest.warns(RunWarning, match="stickyboard serve"):
        run = Run("t", folder=tmp_path)
    run.log({"loss": 1})
    script = Applied()
    async with serving(script) as server:
        with write_address(tmp_path / ".stickyboard/server.json", Address(server.url, "secret")):
            await server.wait_for(lambda: script.steps == [0])
            await asyncio.to_thread(run.finish)
    assert script.steps == [0]


async def test_it_leaves_a_dead_board_until_it_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stickyboard.runs.sender.LOOK_S", 0.02)
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
            await asyncio.to_thread(run.finish)
    assert script.steps == [0]
    assert script.statuses == ["running", "finished"]


async def test_it_is_stored_without_a_server_and_sent_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.warns(RunWarning, match="stickyboard serve"):
        run = Run("t", folder=tmp_path)
    for _ in range(3):
        run.log({"loss": 1})
    await asyncio.to_thread(run.finish)
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
            await asyncio.to_thread(run.finish)
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
        await asyncio.to_thread(run.finish)
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
    assert [str(each.message)[:5] for each in caught if issubclass(each.category, RunWarning)] == ["the s"]


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
            await asyncio.to_thread(run.finish)
    assert len(caught) == 1
    assert run.problems == 3


class Hostile:
    shape = ()

    def item(self) -> float:
        raise ZeroDivisionError("no")


def test_one_bad_value_does_not_prevent_the_others(unsent: Run):
    with pytest.warns(RunWarning, match="ZeroDivisionError") as caught:
        for _ in range(3):
            unsent.log({"bad": Hostile(), "loss": 1})
    assert [event["values"] for event in written(unsent)[1:]] == [{"loss": 1}] * 3
    assert unsent.problems == 3
    assert caught[0].filename == __file__


@pytest.mark.parametrize("values", [3, None, [("loss", 1)]])
def test_what_is_no_dict_is_a_warning(unsent: Run, values: Any):
    with pytest.warns(RunWarning, match="expected a dict"):
        unsent.log(values)


async def test_the_status_counts_values_that_are_not_finite(tmp_path: Path):
    script = Applied()
    async with serving(script) as server:
        run = begin(server, tmp_path)
        run.log({"loss": float("nan"), "norm": float("inf"), "acc": 1})
        run.log({"loss": float("nan")})
        await asyncio.to_thread(run.finish)
    assert [event["odd"] for event in script.events if event["type"] == "run"] == [0, 3]


@pytest.mark.parametrize("step", [float("nan"), "seven", object()])
def test_a_step_that_is_no_number_is_replaced(unsent: Run, step: Any):
    unsent.log({"loss": 1}, step=4)
    with pytest.warns(RunWarning, match="step"):
        unsent.log({"loss": 1}, step=step)
    assert written(unsent)[-1]["step"] == 5


def test_warnings_that_are_errors_do_not_end_the_program(unsent: Run, capsys: pytest.CaptureFixture[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unsent.log({"x": object()})
    assert "'x'" in capsys.readouterr().err


def test_a_full_disk_is_a_warning(unsent: Run, monkeypatch: pytest.MonkeyPatch):
    def write(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.warns(RunWarning, match="No space"):
        patched.setattr("os.write", write)
        unsent.log({"loss": 1})
        unsent.log({"loss": 1})
    unsent.log({"loss": 1})
    assert [event["step"] for event in written(unsent)[1:]] == [2]


async def test_it_raises_if_it_is_strict(tmp_path: Path):
    async with serving(acknowledge) as server:
        run = begin(server, tmp_path, strict=True)
        with pytest.raises(RunError, match="'x'"):
            run.log({"x": object()})
        await asyncio.to_thread(run.finish)
        with pytest.raises(RunError, match="finished"):
            run.log({"loss": 1})


def test_threads_log_whole_lines(unsent: Run):
    threads = [threading.Thread(target=lambda: [unsent.log({"a": 1}) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written(unsent)) == 801


def test_ranks_share_a_name_and_other_runs_do_not(tmp_path: Path):
    runs = [Run("t", url=NOWHERE, token="x", folder=tmp_path, rank=rank) for rank in (0, 1, None, None)]
    assert [run.series for run in runs[:2]] == ["t rank 0", "t rank 1"]
    assert len({run.series for run in runs}) == 4
    for run in runs:
        run.finish(timeout_s=0)


def test_more_numbers_than_fit_are_several_events(unsent: Run):
    unsent.log({f"layer/{n}": n for n in range(450)})
    events = written(unsent)[1:]
    assert [len(event["values"]) for event in events] == [200, 200, 50]
    assert len({event["lane"] for event in events}) == 3


def test_the_config_is_any_settings_object(tmp_path: Path):
    @dataclass
    class Settings:
        lr: float

    run = Run("t", Settings(3e-4), url=NOWHERE, token="x", folder=tmp_path)
    assert written(run)[0]["config"] == {"lr": 3e-4}
    with pytest.warns(RunWarning, match="config"):
        run.config["text"] = "x" * 40_000
        run.finish(timeout_s=0)


async def test_an_acknowledged_message_resets_the_delay(tmp_path: Path):
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
        connection = ProducerConnection(socket_url(server.url, "a"), "secret", outbox, backoff, lambda _: None)
        task = asyncio.create_task(connection.run())
        await server.wait_for(lambda: len(server.close_codes) == 6)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert set(delays) == {0.002}
    outbox.close()
    journal.close()
