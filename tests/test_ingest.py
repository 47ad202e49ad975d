"""A producer's messages on their way to the publisher: checked one by one, held in order, within a rate."""

import asyncio
import json

import pytest

from broadcast.errors import NotAllowed, OutOfOrder, StoreUnavailable, StoreUnusable, TooFast
from broadcast.layers import LocalChannelLayer
from producers_api import consumers
from producers_api.auth import Sender
from producers_api.client.outbox import Outbox
from producers_api.ingest import Ingest, ack_text, error_text
from producers_api.rate import Budget
from tests.guarantees.world import World
from tests.server import until

ANYTHING = Sender(7, "lab", frozenset())


@pytest.fixture
async def world(tmp_path):
    world = World(LocalChannelLayer(), f":memory:{tmp_path}")
    yield world
    await world.close()


def ingest(world: World, sender: Sender = ANYTHING, limit_per_s: int = 1000) -> Ingest:
    return Ingest(world.runtime, sender, "gpu", Budget(limit_per_s, world._monotonic))


def numbered(seq: int, *events: dict) -> bytes:
    return json.dumps({"seq": seq, "events": list(events)}).encode()


def add(n: int) -> dict:
    return {"type": "sum", "key": "all", "n": n}


def total(world: World) -> int:
    entries = world.store.since({"sum": None})["sum"].entries
    return json.loads(entries[0].value)["n"] if entries else 0


async def test_bad_events_are_told_by_their_index_and_the_others_accepted(world):
    body = [add(1), {"type": "nothing"}, {"type": "keyed", "key": "a"}, add(2)]
    receipt = await ingest(world).take(json.dumps(body).encode())

    accepted, refused = await receipt.settle()

    assert accepted == 2
    assert [(index, error.code) for index, error in refused] == [(1, "unknown_event_type"), (2, "invalid_event")]
    assert total(world) == 3


async def test_an_event_whose_policy_fails_is_told_by_its_index_in_the_message(world):
    body = [{"type": "nothing"}, add(1), add(2**53 - 1), add(3)]
    receipt = await ingest(world).take(json.dumps(body).encode())

    accepted, refused = await receipt.settle()

    assert accepted == 2
    assert [(index, error.code) for index, error in refused] == [(0, "unknown_event_type"), (2, "policy_failed")]
    assert total(world) == 4


async def test_a_sender_sends_only_what_its_token_may(world):
    scoped = Sender(7, "lab", frozenset({"keyed"}))
    receipt = await ingest(world, scoped).take(json.dumps([add(1), {"type": "keyed", "key": "a", "n": 1}]).encode())

    accepted, [(index, error)] = await receipt.settle()

    assert (accepted, index) == (1, 0)
    assert isinstance(error, NotAllowed)


async def test_the_same_number_of_another_token_or_name_is_another_message(world):
    for sender, name in ((ANYTHING, "a"), (ANYTHING, "b"), (Sender(8, "other", frozenset()), "a"), (ANYTHING, "a")):
        one = Ingest(world.runtime, sender, name, Budget(10, world._monotonic))
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


async def test_a_message_that_the_store_refuses_for_good_holds_nothing_back(world):
    apply, refusals = world.store.aapply, [StoreUnusable("the store's file is damaged")]

    async def at_first_refused(batches):
        if refusals:
            raise refusals.pop()
        return await apply(batches)

    world.store.aapply = at_first_refused
    producer = ingest(world)
    with pytest.raises(StoreUnusable) as told:
        await (await producer.take(numbered(1, add(1)))).settle()
    assert not told.value.retry  # so its producer gives it up, and goes on with the next

    await (await producer.take(numbered(2, add(10)))).settle()

    assert total(world) == 10


async def test_a_message_larger_than_the_rate_goes_after_a_rest(world):
    producer = ingest(world, limit_per_s=2)
    await (await producer.take(json.dumps([add(1)] * 5).encode())).settle()
    world.now += 1
    with pytest.raises(TooFast):
        await producer.take(json.dumps([add(1)] * 5).encode())
    world.now += 3
    await (await producer.take(json.dumps([add(1)] * 5).encode())).settle()

    assert total(world) == 10


@pytest.mark.parametrize("failing", [1, 2])
async def test_messages_in_flight_while_the_store_fails_are_sent_again_and_applied_once_each(world, failing):
    apply, calls = world.store.aapply, 0

    async def sometimes(batches):
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        if calls == failing:
            raise StoreUnavailable("disk full")
        return await apply(batches)

    world.store.aapply = sometimes
    producer = ingest(world)
    waiting = {seq: add(10**seq) for seq in range(6)}
    del waiting[0]
    rounds = 0
    while waiting:
        rounds += 1
        assert rounds < 10
        receipts = {}
        for seq, event in list(waiting.items()):
            try:
                receipts[seq] = await producer.take(numbered(seq, event))
            except OutOfOrder:
                break  # as a client does: it sends again from the refused one on
            await asyncio.sleep(0)
        for seq, receipt in receipts.items():
            try:
                assert await receipt.settle() == (1, [])
            except StoreUnavailable:
                continue
            del waiting[seq]

    assert rounds > 1
    assert total(world) == 111_110


async def test_a_message_that_comes_again_before_it_was_committed_is_applied_once(world):
    """As when a producer loses its connection, comes back at once, and sends again."""
    body = numbered(1, add(5), add(2))
    first, again = await ingest(world).take(body), await ingest(world).take(body)

    assert await first.settle() == await again.settle() == (2, [])
    assert total(world) == 7


async def test_who_left_does_not_take_the_answer_from_who_came_back(world):
    body = numbered(1, add(5))
    first, again = await ingest(world).take(body), await ingest(world).take(body)
    left = asyncio.create_task(first.settle())
    await asyncio.sleep(0)
    left.cancel()

    assert await again.settle() == (1, [])


class Line:
    """The client's own outbox on a socket of the server's own consumer; what is answered is heard later."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue = asyncio.Queue()
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.outbox = Outbox(100, 10**6)
        self.codes: set[str] = set()
        self.unheard: list[str] = []
        self.unanswered = 0
        scope = {"type": "websocket", "query_string": b"producer=gpu", "headers": []}
        self.task = asyncio.create_task(consumers.ProduceConsumer.as_asgi()(scope, self.inbox.get, self._take))

    async def _take(self, message: dict) -> None:
        if message["type"] == "websocket.send":
            self.unanswered -= 1
            self.unheard.append(message["text"])

    def publish(self, n: int) -> None:
        """Send one event as a message of its own."""
        self.outbox.put(json.dumps(add(n)).encode())
        self.send()

    def send(self) -> None:
        while (message := self.outbox.next_message()) is not None:
            self.unanswered += 1
            self.inbox.put_nowait({"type": "websocket.receive", "text": message.decode()})

    async def send_until_all_is_acknowledged(self) -> None:
        while len(self.outbox):
            await until(lambda: self.unanswered == 0, 5)
            for text in self.unheard:
                self.codes.add(json.loads(text).get("code", "ack"))
                self.outbox.take_reply(text)
            self.unheard.clear()
            self.outbox.rewind()
            self.send()

    async def close(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect"})
        await asyncio.wait_for(self.task, 5)


@pytest.mark.parametrize("before", range(1, 6))
async def test_messages_on_the_way_while_a_flush_fails_are_applied_once_each(world, monkeypatch, before):
    """`before` messages are in the server's hands when its store fails; the rest leaves before that is heard."""

    async def anybody(_: str) -> Sender:
        return ANYTHING

    async def nothing() -> None:
        pass

    monkeypatch.setattr(consumers, "authenticate", anybody)
    # Earlier tests may have left connections to a database in the thread that this would run in.
    monkeypatch.setattr(consumers, "aclose_old_connections", nothing)
    apply, gate, is_failing = world.store.aapply, asyncio.Event(), [True]

    async def once(batches):
        await gate.wait()
        if is_failing and is_failing.pop():
            raise StoreUnavailable("disk full")
        return await apply(batches)

    world.store.aapply = once
    line = Line()
    for seq in range(1, before + 1):
        line.publish(10**seq)
    await until(lambda: line.inbox.empty(), 5)
    gate.set()
    await until(lambda: line.unanswered == 0, 5)
    for seq in range(before + 1, 6):
        line.publish(10**seq)
    await line.send_until_all_is_acknowledged()

    assert total(world) == 111_110
    assert line.codes == {"ack", "store_unavailable", *(["out_of_order"] if before < 5 else [])}
    await line.close()


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
