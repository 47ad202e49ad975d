"""Two producers with one name and token are detected; a reconnected producer is not one of them."""

import json

import pytest

from producers_api.consumers import RECONNECTION_S
from tests.support.ingesting import Line, add, numbered
from tests.support.server import until

WARNING = "two producers use the name 'gpu' with the token 'lab' at once"


async def exchange(line: Line, seq: int | None) -> None:
    text = numbered(seq, add(1)).decode() if seq else json.dumps([add(1)])
    line.inbox.put_nowait({"type": "websocket.receive", "text": text})
    before = len(line.unheard)
    await until(lambda: len(line.unheard) > before, 5)


@pytest.mark.usefixtures("world")
async def test_it_is_logged_once_when_both_send(caplog):
    now = [0.0]
    first, second, third = (Line(name, lambda: now[0]) for name in ("gpu", "gpu", "another"))
    await exchange(first, None)
    for line, seq in ((second, 1), (third, 1), (first, 1)):
        await exchange(line, seq)
    assert WARNING not in caplog.text, "the second may be the first one, reconnected"
    now[0] = RECONNECTION_S
    for line, seq in ((first, None), (second, 2), (third, 2)):
        await exchange(line, seq)
    assert WARNING not in caplog.text, "only what bears a number can be lost"
    for seq in (1, 2, 3):
        await exchange(first, seq)
    assert caplog.text.count(WARNING) == 1
    await second.close()
    again = Line("gpu", lambda: now[0])
    await exchange(again, 4)
    now[0] *= 2
    await exchange(first, 5)
    assert caplog.text.count(WARNING) == 1
    for line in (first, third, again):
        await line.close()
