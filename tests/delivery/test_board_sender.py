"""Updates of different boards are sent concurrently: a slow board does not delay the others."""

import asyncio

import pytest

from broadcast.delivery.board_sender import SEND_S, WAIT_S, BoardSender, group_of
from broadcast.delivery.updates import Section
from broadcast.types import Cursor
from tests.support.faulty_layer import FaultyLayer
from tests.support.server import until

pytestmark = pytest.mark.virtual_time


def section(revision: int) -> Section:
    return Section(f'{{"n":{revision}}}', "keyed", Cursor("e", revision))


def slow_layer(*boards: str) -> FaultyLayer:
    """Return a layer on which each of these boards waits for its gate."""
    return FaultyLayer(gates={group_of(board): asyncio.Event() for board in boards})


def sent(layer: FaultyLayer, board: str) -> list[int]:
    """Return the revisions that a board was sent."""
    return [message["heads"]["keyed"][1] for group, message in layer.sent if group == group_of(board)]


async def duration_of(sending) -> float:
    clock = asyncio.get_running_loop().time
    started = clock()
    await sending
    return clock() - started


async def test_every_board_but_the_slow_one_gets_every_update_at_once():
    layer = slow_layer("a")
    sender = BoardSender(layer)
    for revision in range(1, 10):
        await sender.send({board: [section(revision)] for board in "abc"})
        await asyncio.sleep(0)
        assert sent(layer, "b") == sent(layer, "c") == list(range(1, revision + 1))
    assert sent(layer, "a") == []
    assert layer.calls[group_of("a")] == 1, "updates wait for a board that takes none"


async def test_a_slow_board_is_not_waited_for_until_it_is_fast():
    layer = slow_layer("a")
    sender, gate = BoardSender(layer), layer.gates[group_of("a")]
    both = {"a": [section(1)], "b": [section(1)]}
    assert await duration_of(sender.send(both)) == 0
    assert await duration_of(sender.send(both)) == pytest.approx(WAIT_S)
    assert await duration_of(sender.send(both)) == 0
    gate.set()
    await until(lambda: sent(layer, "a") == [1])
    gate.clear()
    for _ in range(2):
        assert await duration_of(sender.send({"a": [section(2)]})) == 0, "its last send was slow"
    gate.set()
    await until(lambda: sent(layer, "a") == [1, 2])
    gate.clear()
    await sender.send({"a": [section(3)]})
    assert await duration_of(sender.send({"a": [section(3)]})) == pytest.approx(WAIT_S)
    gate.set()
    await sender.close()


async def test_an_update_waits_for_the_one_before_it():
    layer = slow_layer("a")
    sender = BoardSender(layer)
    await sender.send({"a": [section(1)]})
    second = asyncio.create_task(sender.send({"a": [section(2)]}))
    await asyncio.sleep(WAIT_S / 2)
    layer.gates[group_of("a")].set()
    await second
    await sender.close()
    assert sent(layer, "a") == [1, 2]


async def test_the_updates_of_one_board_never_overtake_each_other():
    layer = slow_layer("a")
    sender, gate = BoardSender(layer), layer.gates[group_of("a")]
    for revision in range(1, 41):
        await sender.send({"a": [section(revision)]})
        if revision % 3 == 0:
            gate.set()
            await sender.close()
        elif revision % 7 == 0:
            gate.clear()
    assert sent(layer, "a") == sorted(set(sent(layer, "a")))
    assert len(sent(layer, "a")) > 10


async def test_each_board_has_its_own_timeout(caplog):
    layer = slow_layer("a", "b")
    sender = BoardSender(layer)
    await sender.send({board: [section(1)] for board in "abc"})
    assert await duration_of(sender.close()) == pytest.approx(SEND_S)
    assert sent(layer, "c") == [1]
    assert ["board a" in line for line in sorted(caplog.messages)] == [True, False]
    layer.gates.clear()
    await sender.send({"a": [section(2)]})
    await sender.close()
    assert sent(layer, "a") == [2]


async def test_closing_waits_for_what_is_being_sent():
    layer = slow_layer("a")
    sender = BoardSender(layer)
    await sender.send({"a": [section(1)]})
    closing = asyncio.create_task(sender.close())
    await asyncio.sleep(0)
    assert not closing.done()
    layer.gates[group_of("a")].set()
    await closing
    assert sent(layer, "a") == [1]
