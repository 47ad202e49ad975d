"""A run over lost connections, forks, full disks and the end of its process."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from stickyboard.runs import Run, RunError, RunWarning
from stickyboard.runs.journal import Reader, journals
from stickyboard.runs.unsent import send_unsent
from tests.support.scripted_server import ScriptedServer, acknowledge, close_with, send_reply, serving


class Applied:
    """A script that applies each message once, as the server does, and may break off."""

    def __init__(self, *cuts: int) -> None:
        self.cuts, self.seqs, self.events = list(cuts), [], []

    async def __call__(self, server: ScriptedServer, socket: Any) -> None:
        cut = self.cuts.pop(0) if self.cuts else None
        count = 0
        while cut is None or count < cut:
            message = json.loads(await socket.recv())
            count += 1
            if not self.seqs or message["seq"] > self.seqs[-1]:
                self.seqs.append(message["seq"])
                self.events += message["events"]
            if cut is None:
                await send_reply(socket, "ack", message["seq"], accepted=1)
        socket.transport.abort()

    @property
    def steps(self) -> list[float]:
        return [event["step"] for event in self.events if event["type"] == "run_metric"]


def begin(server: ScriptedServer, folder: Path, **options: Any) -> Run:
    return Run("t", url=server.url, token="secret", folder=folder, **options)


async def test_every_step_arrives_once_over_lost_connections(tmp_path: Path):
    script = Applied(3, 1, 7)
    async with serving(script) as server:
        run = begin(server, tmp_path)
        for step in range(50):
            run.log({"loss": 1 / (step + 1)})
        await asyncio.to_thread(run.finish)
    assert script.steps == list(range(50))
    assert script.seqs == list(range(1, len(script.seqs) + 1))
    assert [event["status"] for event in script.events if event["type"] == "run"] == ["running", "finished"]
    assert journals(tmp_path / "runs") == []


async def test_it_is_stored_without_a_server_and_sent_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STICKYBOARD_TOKEN", "secret")
    with pytest.warns(RunWarning, match="stickyboard serve"):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        run = Run("t", folder=tmp_path)
    for _ in range(3):
        run.log({"loss": 1})
    await asyncio.to_thread(run.finish)
    script = Applied()
    async with serving(script) as server:
        monkeypatch.setenv("STICKYBOARD_URL", server.url)
        sent = await asyncio.to_thread(lambda: list(send_unsent(tmp_path / "runs", 5, print)))
    assert [each.problem for each in sent] == [""]
    assert script.steps == [0, 1, 2]
    assert script.events[-1]["status"] == "finished"


async def test_a_killed_run_is_sent_and_marked_as_crashed(tmp_path: Path):
    script = Applied()
    async with serving(script) as server:
        code = (
            "import os, signal, warnings; warnings.simplefilter('ignore'); from stickyboard.runs import Run\n"
            f"run = Run('t', url='http://127.0.0.1:1', token='x', folder={str(tmp_path)!r})\n"
            "[run.log({'loss': 1}) for _ in range(20)]\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=False)
        (path,) = journals(tmp_path / "runs")
        path.write_text(path.read_text().replace("http://127.0.0.1:1", server.url, 1))
        os.environ["STICKYBOARD_TOKEN"] = "secret"
        try:
            await asyncio.to_thread(lambda: list(send_unsent(tmp_path / "runs", 5, print)))
        finally:
            del os.environ["STICKYBOARD_TOKEN"]
    assert script.steps == list(range(20))
    assert script.events[-1]["status"] == "crashed"


async def test_a_forked_child_logs_to_the_same_run(tmp_path: Path):
    script = Applied()
    async with serving(script) as server:
        run = begin(server, tmp_path)
        run.log({"loss": 1})

        def fork() -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
                child = os.fork()
            if child == 0:
                run.log({"loss": 2}, step=7)
                os._exit(0)
            os.waitpid(child, 0)

        fork()
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
    assert sum(issubclass(each.category, RunWarning) for each in caught) == 1


async def test_it_never_raises_unless_it_is_strict(tmp_path: Path):
    class Hostile:
        shape = ()

        def item(self) -> float:
            raise ZeroDivisionError("no")

    async with serving(acknowledge) as server:
        run = begin(server, tmp_path)
        with pytest.warns(RunWarning, match="no"):
            run.log({"loss": Hostile()})
        assert run.problems == 1
        await asyncio.to_thread(run.finish)
        with pytest.warns(RunWarning, match="finished"):
            run.log({"loss": 1})
        strict = begin(server, tmp_path, strict=True)
        with pytest.raises(RunError):
            strict.log({"x": object()})
        await asyncio.to_thread(strict.finish)


async def test_threads_log_whole_lines(tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = Run("t", url="http://127.0.0.1:1", token="x", folder=tmp_path)
        threads = [threading.Thread(target=lambda: [run.log({"a": 1}) for _ in range(200)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        path = run._journal.path
        await asyncio.to_thread(run.finish)
    reader = Reader(path)
    assert sum(len(json.loads(message)) for _, message in reader.messages()) == 802
    reader.close()
