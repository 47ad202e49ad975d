"""`stickyboard import tensorboard`: what arrives, once, from whole, growing and damaged folders."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stickyboard.address import Address
from stickyboard.cli.importing import run
from stickyboard.errors import ProducerError, TokenRefused
from stickyboard.outbox import Reply
from stickyboard.runs.events import encode
from stickyboard.runs.file_outbox import Message
from stickyboard.tensorboard.delivery import deliver
from stickyboard.tensorboard.folders import find_runs
from tests.support.event_files import TORCH_FILE, event, field, scalar, tensor
from tests.support.run_server import RunServer, run_server

NAME = "events.out.tfevents.1.host"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with one run, whose file torch has written."""
    folder = tmp_path / "logs"
    (folder / "run-1").mkdir(parents=True)
    shutil.copy(TORCH_FILE, folder / "run-1" / NAME)
    return folder


def steps(first: int, last: int) -> bytes:
    return b"".join(event(step, scalar(tag, step)) for step in range(first, last) for tag in ("loss", "acc"))


def test_steps_times_and_media_arrive(board, logs):
    assert run(["tensorboard", str(logs)]) == 0
    assert [step for step, _ in board.curve("loss")] == list(range(10))
    assert board.curve("odd") == [(9, None)]
    first = board.of_type("run_metric")[0]
    assert (first["run"], first["time"], first["values"]) == ("run-1", 1.79e9, {"loss": 1, "val/acc": 0})
    names = [board.of_type(name)[0]["name"] for name in ("run_text", "run_image", "run_histogram")]
    assert names == ["note", "sample", "weights"]
    (status,) = board.of_type("run")
    assert (status["status"], status["started"], status["step"]) == ("finished", 1.79e9, 9)


def test_a_second_import_sends_nothing(board, logs, capsys):
    run(["tensorboard", str(logs)])
    before = len(board.events)
    assert run(["tensorboard", str(logs)]) == 0
    assert {event["type"] for event in board.events[before:]} == {"run"}
    assert "--again" in capsys.readouterr().out


def test_the_board_recognises_what_it_has(board, logs, tmp_path):
    run(["tensorboard", str(logs), "--data", str(tmp_path / "a")])
    before = len(board.events)
    run(["tensorboard", str(logs), "--data", str(tmp_path / "b")])  # which remembers nothing
    assert {event["type"] for event in board.events[before:]} == {"run"}
    run(["tensorboard", str(logs), "--again"])
    assert len(board.curve("loss")) == 20


def test_a_file_that_has_grown_is_continued(board, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    for last in (30, 31, 90):
        (logs / NAME).write_bytes(steps(0, last))
        run(["tensorboard", str(logs)])
    assert board.curve("loss") == [(step, step) for step in range(90)]
    assert board.curve("acc") == board.curve("loss")


def test_damage_is_reported_and_skipped(board, logs, capsys):
    data = bytearray(TORCH_FILE.read_bytes())
    data[313] ^= 1
    (logs / "run-1" / NAME).write_bytes(data[:1100])
    (logs / "run-2").mkdir()
    (logs / "run-2" / NAME).write_bytes(b"\x1b[31m is no event file")
    assert run(["tensorboard", str(logs)]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" byte ")[2].partition(":")[0] for line in lines] == ["300", "1079", "0"]
    assert len(board.curve("loss")) == 10
    assert [step for step, _ in board.curve("val/acc")] == [0, 1, 3, 4, 5, 6, 7, 8, 9]


def test_a_picture_that_is_none_leaves_the_rest(board, tmp_path, capsys):
    logs = tmp_path / "logs"
    logs.mkdir()
    picture = tensor("i", "images", b"\x08\x07" + b"".join(field(8, b"x") for _ in range(3)))
    (logs / NAME).write_bytes(event(1, picture, scalar("loss", 2)))
    assert run(["tensorboard", str(logs)]) == 3
    assert "PNG" in capsys.readouterr().err
    assert board.curve("loss") == [(1, 2)]


def test_runs_have_the_names_of_tensorboard(logs):
    shutil.copy(TORCH_FILE, logs / NAME)
    assert [each.run for each in find_runs(logs)] == ["logs", "run-1"]
    assert [each.run for each in find_runs(logs, "mine")] == ["mine", "mine/run-1"]


@pytest.mark.parametrize(("folder", "word"), [("missing", "folder"), ("empty", "tfevents")])
def test_a_wrong_folder_is_named(tmp_path, folder, word):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match=word):
        run(["tensorboard", str(tmp_path / folder)])


def test_messages_are_sent_again_after_a_loss():
    with run_server(messages=70) as server:
        assert delivered(server, 119) == list(range(1, 120))
        assert [event["step"] for event in server.events] == list(range(1, 120))


def test_messages_wait_for_one_that_was_rejected():
    with run_server(busy_at=60) as server:
        assert delivered(server, 119) == list(range(1, 120))
        assert [event["step"] for event in server.events] == list(range(1, 120))


def test_a_refused_event_is_reported():
    refused: list[Reply] = []
    with run_server(refuse=2) as server:
        assert delivered(server, 4, refused.append) == [1, 2, 3, 4]
    assert [(reply.seq, reply.code) for reply in refused] == [(2, "invalid_event")]


def test_a_server_that_does_not_answer_is_reported():
    with pytest.raises(ProducerError, match="same command"):
        asyncio.run(deliver(Address("http://127.0.0.1:1", "x"), "p", messages(1), pytest.fail, pytest.fail, 0.05))


def test_a_refused_token_ends_at_once():
    with run_server(close=4501) as server, pytest.raises(TokenRefused):
        delivered(server, 1)


def messages(count: int) -> Iterator[Message]:
    for step in range(1, count + 1):
        event = {"type": "run", "run": "r", "status": "running", "started": 0.0, "step": step}
        yield Message(step, encode([event]), 0)


def delivered(server: RunServer, count: int, on_refused: Callable[[Reply], None] = pytest.fail) -> list[int]:
    """Deliver messages; return the numbers of those that are done."""
    done: list[int] = []
    note = lambda message: done.append(message.number)  # noqa: E731
    asyncio.run(deliver(Address(server.url, "x"), "p", messages(count), note, on_refused))
    return done
