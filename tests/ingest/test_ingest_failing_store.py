"""Messages during a store failure: each is applied once, or refused permanently."""

import asyncio
import json

import pytest

from broadcast.errors import OutOfOrder, StoreUnavailable, StoreUnusable
from tests.support.ingesting import Line, add, ingest, numbered, total
from tests.support.server import until


async def test_a_message_is_applied_after_the_store_is_repaired(world):
    apply, refusals = world.store.aapply, [StoreUnusable("the store's file is damaged")]

    async def at_first_refused(batches):
        if refusals:
            raise refusals.pop()
        return await apply(batches)

    world.store.aapply = at_first_refused
    producer = ingest(world)
    with pytest.raises(StoreUnusable) as raised:
        await (await producer.take(numbered(1, add(1)))).settle()
    assert raised.value.retry  # so its producer resends it
    with pytest.raises(OutOfOrder):
        await producer.take(numbered(2, add(10)))

    for seq, n in ((1, 1), (2, 10)):
        await (await producer.take(numbered(seq, add(n)))).settle()

    assert total(world) == 11


@pytest.mark.parametrize("failing", [1, 2])
async def test_messages_in_flight_are_resent_after_a_store_failure(world, failing):
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


async def test_batches_of_an_array_are_answered_like_messages(world):
    line = Line()
    batches = [[add(1)], [add(10), {"type": "nothing"}], [add(100)], [add(1000)]]
    texts = [numbered(seq, *events).decode() for seq, events in enumerate(batches, 1)]
    for text in (f"[{','.join(texts)}]", texts[3], f"[{','.join(texts[2:])}]"):
        line.inbox.put_nowait({"type": "websocket.receive", "text": text})
    await until(lambda: len(line.unheard) == 5, 5)
    replies = [json.loads(text) for text in line.unheard]
    found = [(reply["op"], reply["seq"], reply.get("accepted", reply.get("index"))) for reply in replies]
    assert found == [("ack", 1, 1), ("error", 2, 1), ("ack", 4, 3), ("ack", 4, 1), ("ack", 4, 2)]
    assert total(world) == 1111
    await line.close()


@pytest.mark.parametrize("before", range(1, 6))
async def test_messages_during_a_failing_flush_are_applied_once(world, before):
    """`before` messages are in the server's hands when its store fails; the rest leaves before that is heard."""
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
