"""Runs with hostile arguments, journals and folders: the program goes on, and no token leaves."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stickyboard.address import Address, NoAddress
from stickyboard.runs import Run, RunWarning, image, table
from stickyboard.runs.file_outbox import JournalOutbox
from stickyboard.runs.journal import MAX_MESSAGE_BYTES, Header, Journal, Reader, journals
from stickyboard.runs.unsent import Outcome, address_of, send_unsent
from stickyboard.runs.values import Media
from tests.support.scripted_server import acknowledge, serving

NOWHERE = "http://127.0.0.1:1"
HEADER = Header("run-a-1", "a", NOWHERE)


class Hostile:
    """Raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError if name.startswith("__") else ZeroDivisionError  # pytest asks for dunders

    def __str__(self) -> str:
        raise ZeroDivisionError("no")

    __float__ = __repr__ = __str__  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def configured(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One server is configured, which does not answer."""
    monkeypatch.setenv("STICKYBOARD_URL", NOWHERE)
    monkeypatch.setenv("STICKYBOARD_TOKEN", "secret")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run("t", folder=tmp_path)
    yield made
    made.finish(timeout_s=0)


def events(folder: Path) -> list[dict[str, Any]]:
    (path,) = journals(folder / "runs")
    reader = Reader(path)
    try:
        return [event for _, line in reader.messages() for event in json.loads(line)]
    finally:
        reader.close()


def endless() -> dict[str, Any]:
    config: dict[str, Any] = {}
    config["itself"] = config
    return config


def test_a_run_without_a_file_is_reported_once(tmp_path: Path):
    (tmp_path / "folder").touch()
    with pytest.warns(RunWarning, match="nothing is logged") as caught:
        run = Run("t", folder=tmp_path / "folder")
        run.log({"loss": 1})
    assert (len(caught), run.problems) == (1, 2)


@pytest.mark.parametrize("config", [3, "abc", {"a": "\ud800"}, {"a": Hostile()}, endless()])
def test_no_config_ends_the_program(tmp_path: Path, config: Any):
    with pytest.warns(RunWarning, match="config"):
        run = Run("t", config, folder=tmp_path)
    run.log({"loss": 1})
    run.finish(timeout_s=0)
    assert [event["type"] for event in events(tmp_path)] == ["run", "run_metric", "run"]


@pytest.mark.parametrize("name", [Hostile(), "\ud800", "../../etc\x00\n", "", "👩🏽" * 200])
def test_any_name_makes_a_run(tmp_path: Path, name: Any, recwarn: pytest.WarningsRecorder):
    run = Run(name, folder=tmp_path)
    run.log({"loss": 1})
    run.finish(timeout_s=0)
    assert len(events(tmp_path)) == 3


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.alert(Hostile()),
        lambda run: run.alert("x", ttl_s=None),
        lambda run: run.line(Hostile()),
        lambda run: run.progress(Hostile(), 1),
        lambda run: run.progress("x", Hostile()),
        lambda run: run.log({"loss": Hostile()}),
        lambda run: run.log({Hostile(): 1}),
        lambda run: run.log({"table": table(None)}),
        lambda run: run.log({"text": "x" * 3_000_000}),
    ],
)
def test_no_argument_ends_the_program(run: Run, call: Callable[[Run], None]):
    with pytest.warns(RunWarning):
        call(run)
    run.log({"loss": 1})
    assert run.problems == 1


def test_a_run_that_cannot_finish_does_not_prevent_others(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from stickyboard.runs import open_runs

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(run, "start_to_finish", fail)
        other = Run("u", folder=tmp_path / "other")
        open_runs._finish_all()
    assert other._journal is None


def test_a_signal_handler_may_log(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write = os.write

    def write_and_log(descriptor: int, data: bytes) -> int:
        monkeypatch.setattr("os.write", write)
        run.log({"in handler": 1})
        return write(descriptor, data)

    monkeypatch.setattr("os.write", write_and_log)
    run.log({"loss": 1})
    assert [list(event["values"]) for event in events(tmp_path)[1:]] == [["in handler"], ["loss"]]


def test_images_that_fill_a_message_are_several(run: Run, tmp_path: Path):
    run.log(dict.fromkeys("abc", Media("run_image", {"source": "x" * 400_000})))
    (path,) = journals(tmp_path / "runs")
    reader = Reader(path)
    assert [len(line) < MAX_MESSAGE_BYTES for _, line in reader.messages()] == [True] * 4
    reader.close()


def test_the_url_in_a_journal_gets_no_token():
    assert address_of(NOWHERE) == Address(NOWHERE, "secret")
    with pytest.raises(NoAddress):
        address_of("http://evil.example")


def send(folder: Path, timeout_s: float = 0.1) -> list[Outcome]:
    return list(send_unsent(folder, timeout_s, lambda *_: None))


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"[]\n",
        b'{"producer":1,"run":2,"url":3}\n',
        b"x" * 200_000,
        b"[" * 90_000 + b"\n",
    ],
)
async def test_a_damaged_journal_does_not_prevent_others(tmp_path: Path, damaged: bytes):
    (tmp_path / "0.jsonl").write_bytes(damaged)
    os.mkfifo(tmp_path / "1.jsonl")
    (tmp_path / "2.jsonl").symlink_to("0.jsonl")
    (tmp_path / "3.jsonl").mkdir()
    async with serving(acknowledge) as server:
        outcomes = await send_to(server.url, tmp_path)
    assert [bool(outcome.problem) for outcome in outcomes].count(False) == 1
    assert len(outcomes) == 5


async def send_to(url: str, folder: Path) -> list[Outcome]:
    import asyncio

    os.environ["STICKYBOARD_URL"] = url
    journal = Journal.create(folder / "good.jsonl", HEADER._replace(url=url))
    journal.append(b'[{"n":1,"type":"run","status":"finished"}]')
    journal.close()
    return await asyncio.to_thread(send, folder, 60)


@pytest.mark.parametrize(
    "line",
    [b'"type":"run",', b'[{"type":"run",}]', b'[{"type":"run","x":1}]', b'{"type":"run","status":1}', b"[3]"],
)
def test_an_unreadable_status_is_no_exception(tmp_path: Path, line: bytes):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    journal.append(line)
    journal.close()
    assert [outcome.run for outcome in send(tmp_path)] == ["a"]


def test_a_damaged_line_does_not_prevent_others(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    journal = Journal.create(path, HEADER)
    damaged = [b"garbage", b"{}", b'["\xff"]', b"[1]],[", b"[" * 100_000, b'[1],"seq":9', b""]
    with path.open("ab") as file:
        file.writelines(line + b"\n" for line in [*damaged, b"[2]"])
    problems: list[str] = []
    outbox = JournalOutbox(journal, lambda message, _: problems.append(message))
    assert outbox.next_message() == b'{"seq":8,"events":[2]}'
    assert len(problems) == len(damaged)
    outbox.close()
    journal.close()


def test_half_characters_and_large_values_do_not_prevent_others(run: Run, tmp_path: Path):
    rows = [{"text": "x" * 500} for _ in range(1000)]
    with pytest.warns(RunWarning) as caught:
        run.log({"loss": 1, "a\ud800": 2, "text": "\ud800", "rows": table(rows), "long": "x" * 20_000})
    refused = [str(each.message) for each in caught if each.category is RunWarning]
    assert [re.search("rows|long", text)[0] for text in refused] == ["long", "rows"]
    logged = {event["type"]: event for event in events(tmp_path)}
    assert logged["run_metric"]["values"] == {"loss": 1, "a?": 2}
    assert "run_table" not in logged
    assert len(logged["run_text"]["text"]) == 10_000


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda run: run.alert("a", level="nope"), "nope"),
        (lambda run: run.alert("a", ttl_s=float("nan")), "ttl_s"),
        (lambda run: run.progress("a", "half"), "half"),
        (lambda run: run.progress("a", 1, float("nan")), "total"),
        (lambda run: run.log({"picture": image(None)}), "picture"),
        (lambda run: run.log({"loss": 1}, step=10**400), "step"),
        (lambda run: run.finish("weird", timeout_s=0), "weird"),
    ],
)
def test_wrong_arguments_are_problems_and_no_exceptions(run: Run, call: Callable[[Run], None], word: str):
    with pytest.warns(RunWarning, match=word):
        call(run)
    assert run.problems == 1


def test_an_alert_has_a_title_and_an_end(run: Run, tmp_path: Path):
    run.alert("", ttl_s=float("inf"), level="info")
    (alert,) = [event for event in events(tmp_path) if event["type"] == "run_alert"]
    assert alert["title"] == "info"
    assert alert["until"] < time.time() + 8 * 86_400


def test_messages_are_joined_until_a_server_accepts_less(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    for _ in range(70):
        journal.append(b"[1]")
    outbox = JournalOutbox(journal, lambda message, _: pytest.fail(message))
    first = json.loads(outbox.next_message() or b"")
    assert [each["seq"] for each in first] == list(range(1, 33))
    outbox.take_reply(b'{"op":"ack","seq":30}')
    outbox.take_reply(b'{"op":"error","code":"batch_too_large","message":"32 events"}')
    assert outbox.next_message() is None
    outbox.rewind()
    assert outbox.next_message() == b'{"seq":31,"events":[1]}'
    outbox.close()
    journal.close()


def test_a_silent_server_is_tried_once(tmp_path: Path):
    for number in range(20):
        Journal.create(tmp_path / f"{number}.jsonl", HEADER).close()
        journal = Journal.open(tmp_path / f"{number}.jsonl")
        journal.append(b"[1]")
        journal.close()
    counted = [outcome.messages for outcome in send(tmp_path)]
    assert counted == [1] + [0] * 19, "it was tried for more than one journal"
