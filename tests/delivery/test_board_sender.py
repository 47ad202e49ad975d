"""Updates of different boards are sent concurrently: a slow board does not delay the others."""

import asyncio

import pytest

from broadcast.delivery import board_sender
from broadcast.delivery.board_sender import BoardSender, update_from
from broadcast.delivery.updates import Section, Span
from tests.support.server import until


def section(revision: int) -> Section:
    return Section(f'{{"n":{revision}}}', Span("keyed", "e", revision - 1, revision))


class Layer:
    """Records messages; a group with a gate responds when the gate is open."""

    def __init__(self, *slow: str) -> None:
        self.sent: list[tuple[str, int]] = []
        self.begun: list[str] = []
        self.gates = {f"sticky.board.{board}": asyncio.Event() for board in slow}

    async def group_send(self, group: str, message: dict) -> None:
        self.begun.append(group)
        if group in self.gates:
            await self.gates[group].wait()
        self.sent.append((group.rpartition(".")[2], update_from(message).spans[0].to_revision))

    def of(self, board: str) -> list[int]:
        return [revision for name, revision in self.sent if name == board]


@pytest.fixture(autouse=True)
def no_wait(monkeypatch):
    monkeypatch.setattr(board_sender, "WAIT_S", 0.01)
    monkeypatch.setattr(board_sender, "SEND_S", 3600.0)


async def test_every_board_but_the_slow_one_gets_every_update_at_once():
    layer = Layer("a")
    sender = BoardSender(layer, 1e6)
    for revision in range(1, 21):
        await sender.send({board: [section(revision)] for board in "abc"})
        assert layer.of("b") == layer.of("c") == list(range(1, revision + 1))
    assert layer.of("a") == []
    assert layer.begun.count("sticky.board.a") == 1, "updates wait for a board that takes none"


async def test_a_slow_board_is_not_waited_for_until_it_is_fast(monkeypatch):
    layer = Layer("a")
    sender = BoardSender(layer, 1e6)
    waits = []
    wait = asyncio.wait

    async def count(tasks, **more):
        waits.append(len(tasks))
        return await wait(tasks, **more)

    monkeypatch.setattr(board_sender.asyncio, "wait", count)
    for revision in (1, 2, 3):
        await sender.send({"a": [section(revision)], "b": [section(revision)]})
    assert waits == [2, 1, 1]
    layer.gates["sticky.board.a"].set()
    await until(lambda: layer.of("a") == [1])
    monkeypatch.setattr(board_sender, "WAIT_S", 60.0)
    await sender.send({"a": [section(4)]})
    await until(lambda: layer.of("a") == [1, 4])
    await sender.send({"a": [section(5)]})
    assert waits == [2, 1, 1, 1]
    assert layer.of("a") == [1, 4, 5]


async def test_the_updates_of_one_board_never_overtake_each_other():
    layer = Layer("a")
    sender = BoardSender(layer, 1e6)
    gate = layer.gates["sticky.board.a"]
    for revision in range(1, 41):
        await sender.send({"a": [section(revision)]})
        if revision % 3 == 0:
            gate.set()
            await until(lambda: not sender._sending)
        elif revision % 7 == 0:
            gate.clear()
    assert layer.of("a") == sorted(set(layer.of("a")))
    assert len(layer.of("a")) > 10


async def test_each_board_has_its_own_timeout(monkeypatch, caplog):
    monkeypatch.setattr(board_sender, "SEND_S", 0.03)
    layer = Layer("a", "b")
    sender = BoardSender(layer, 1e6)
    await sender.send({board: [section(1)] for board in "abc"})
    assert layer.of("c") == [1]
    await sender.close()
    assert ["board a" in line for line in sorted(caplog.messages)] == [True, False]
    layer.gates.clear()
    await sender.send({"a": [section(2)]})
    await sender.close()
    assert layer.of("a") == [2]


async def test_closing_waits_for_what_is_being_sent():
    layer = Layer("a")
    sender = BoardSender(layer, 1e6)
    await sender.send({"a": [section(1)]})
    closing = asyncio.create_task(sender.close())
    await asyncio.sleep(0)
    assert not closing.done()
    layer.gates["sticky.board.a"].set()
    await closing
    assert layer.of("a") == [1]
