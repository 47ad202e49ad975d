"""Messages on their way to the publisher: validation, order and rate limit."""

import asyncio
import json
from dataclasses import replace

import pytest

from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.errors import NotAllowed, OutOfOrder, TooFast
from broadcast.stores.sqlite.boot import boot_of, current_boot_id
from producers_api.consumers import ProduceConsumer
from producers_api.ingest import ack_text, error_text
from producers_api.rate_limit import RateLimit
from producers_api.tokens import Sender
from tests.support.ingesting import ANYTHING, BodyIngest, Line, add, ingest, numbered, total
from tests.support.server import until
from tests.support.world import World


async def test_invalid_events_are_reported_by_their_index(world):
    body = [add(1), {"type": "nothing"}, {"type": "keyed", "key": "a"}, add(2)]
    receipt = await ingest(world).take(json.dumps(body).encode())

    accepted, refused = await receipt.settle()

    assert accepted == 2
    assert [(index, error.code) for index, error in refused] == [(1, "unknown_event_type"), (2, "invalid_event")]
    assert total(world) == 3


async def test_a_failing_policy_is_reported_by_the_events_index(world):
    body = [{"type": "nothing"}, add(1), add(2**53 - 1), add(3)]
    receipt = await ingest(world).take(json.dumps(body).encode())

    accepted, refused = await receipt.settle()

    assert accepted == 2
    assert [(index, error.code) for index, error in refused] == [(0, "unknown_event_type"), (2, "policy_failed")]
    assert total(world) == 4


async def test_a_sender_sends_only_what_its_token_may(world):
    scoped = Sender(7, "lab", frozenset({"keyed"}))
    events = [add(1), {"type": "keyed", "key": "a", "n": 1}, add(2)]
    receipt = await ingest(world, scoped).take(json.dumps(events).encode())

    accepted, refused = await receipt.settle()

    assert accepted == 1
    assert [index for index, error in refused if isinstance(error, NotAllowed)] == [0, 2]


async def test_no_token_may_send_what_the_project_publishes(world, monkeypatch):
    kind, write = world.runtime.validator.check(json.dumps(add(1)).encode())
    own = replace(kind, from_producers=False)
    monkeypatch.setattr(world.runtime.validator, "check", lambda raw, producer, seq: (own, write))
    receipt = await ingest(world).take(json.dumps(add(1)).encode())

    accepted, [(index, error)] = await receipt.settle()

    assert (accepted, index) == (0, 0)
    assert isinstance(error, NotAllowed)
    assert "no token" in str(error)


async def test_a_producers_first_event_waits_for_no_file(tmp_path):
    path = tmp_path / "sticky.sqlite3"
    world, line = World(LocalChannelLayer(), str(path)), Line()
    try:
        await until(path.exists)
        committed = await asyncio.wrap_future(world.store.engine.submit_commit(boot_of))
        assert committed.result == current_boot_id()
    finally:
        line.task.cancel()
        await asyncio.wait([line.task])
        await world.close()


async def test_sequence_numbers_are_separate_per_token_and_name(world):
    for sender, name in ((ANYTHING, "a"), (ANYTHING, "b"), (Sender(8, "other", frozenset()), "a"), (ANYTHING, "a")):
        one = BodyIngest(world.runtime, sender, name, RateLimit(10, world._monotonic))
        await (await one.take(numbered(1, add(1)))).settle()

    assert total(world) == 3


async def test_a_rate_is_kept_and_refills(world):
    producer = ingest(world, limit_per_s=3)
    await producer.take(json.dumps([add(1)] * 3).encode())
    with pytest.raises(TooFast):
        await producer.take(json.dumps(add(1)).encode())
    world.now += 0.5
    await (await producer.take(json.dumps(add(1)).encode())).settle()

    assert total(world) == 4


async def test_nothing_overtakes_a_message_that_was_too_fast(world):
    producer = ingest(world, limit_per_s=2)
    await (await producer.take(numbered(1, add(1), add(1)))).settle()
    with pytest.raises(TooFast):
        await producer.take(numbered(2, add(10), add(10)))
    world.now += 0.5
    with pytest.raises(OutOfOrder, match="message 2") as held:
        await producer.take(numbered(3, add(100)))
    assert held.value.retry

    world.now += 10
    await (await producer.take(numbered(2, add(10), add(10)))).settle()
    world.now += 10
    await (await producer.take(numbered(3, add(100)))).settle()

    assert total(world) == 122


async def test_a_held_message_that_turns_out_bad_holds_nothing_back(world):
    producer = ingest(world, limit_per_s=1)
    await (await producer.take(json.dumps(add(1)).encode())).settle()
    with pytest.raises(TooFast):
        await producer.take(numbered(1, {"type": "nothing"}))
    world.now += 10
    await (await producer.take(numbered(1, {"type": "nothing"}))).settle()
    world.now += 10
    await (await producer.take(numbered(2, add(1)))).settle()

    assert total(world) == 2


async def test_a_message_larger_than_the_rate_goes_after_a_rest(world):
    producer = ingest(world, limit_per_s=2)
    await (await producer.take(json.dumps([add(1)] * 5).encode())).settle()
    world.now += 1
    with pytest.raises(TooFast):
        await producer.take(json.dumps([add(1)] * 5).encode())
    world.now += 3
    await (await producer.take(json.dumps([add(1)] * 5).encode())).settle()

    assert total(world) == 10


async def test_a_message_resent_before_its_commit_is_applied_once(world):
    """As when a producer loses its connection, comes back at once, and sends again."""
    body = numbered(1, add(5), add(2))
    first, again = await ingest(world).take(body), await ingest(world).take(body)

    assert await first.settle() == await again.settle() == (2, [])
    assert total(world) == 7


async def test_a_reconnected_producer_gets_its_answer(world):
    body = numbered(1, add(5))
    first, again = await ingest(world).take(body), await ingest(world).take(body)
    left = asyncio.create_task(first.settle())
    await asyncio.sleep(0)
    left.cancel()

    assert await again.settle() == (1, [])


def test_answers_have_one_shape():
    assert json.loads(ack_text(4, 2)) == {"op": "ack", "seq": 4, "accepted": 2}
    assert json.loads(ack_text(0, 2)) == {"op": "ack", "accepted": 2}
    assert json.loads(error_text(TooFast(5), 4)) == {
        "op": "error",
        "code": "too_fast",
        "message": str(TooFast(5)),
        "seq": 4,
        "retry": True,
    }
    assert json.loads(error_text(NotAllowed("a", "b"), None, 0))["index"] == 0


@pytest.mark.usefixtures("world")
async def test_a_producer_sent_away_has_time_to_answer():
    line = Line("gpu")
    await until(lambda: ProduceConsumer.newest, 5)
    for consumer in ProduceConsumer.newest.values():
        consumer.end(4412, "the server is shutting down")
    await until(lambda: line.close_code == 4412, 5)
    line.publish(1)
    await until(line.inbox.empty, 5)
    assert not line.task.done()
    await line.close()
