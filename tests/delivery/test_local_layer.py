"""The embedded channel layer, and the behaviour that it shares with Channels' in-memory layer."""

import asyncio
import threading

import pytest
from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer

from broadcast.delivery.local_layer import LocalChannelLayer
from tests.support.server import until

BOTH = pytest.mark.parametrize("kind", [LocalChannelLayer, InMemoryChannelLayer])


def numbers(*range_of: int) -> list[dict]:
    return [{"type": "t", "n": n} for n in range(*range_of)]


async def taken(layer, channel: str, count: int) -> list[dict]:
    return [await asyncio.wait_for(layer.receive(channel), 60) for _ in range(count)]


async def waiting_reader(layer, channel: str) -> "asyncio.Task[dict]":
    task = asyncio.create_task(layer.receive(channel))
    await until(lambda: layer._mailboxes[channel].reader is not None)
    return task


# what Channels demands


@BOTH
async def test_messages_of_a_channel_come_in_order(kind):
    layer = kind()
    for message in numbers(3):
        await layer.send("a", message)
    assert await taken(layer, "a", 3) == numbers(3)


@BOTH
async def test_a_reader_waits_for_the_next_message(kind):
    layer = kind()
    reader = asyncio.create_task(layer.receive("a"))
    await asyncio.sleep(0)
    await layer.send("a", {"type": "t"})
    assert await asyncio.wait_for(reader, 60) == {"type": "t"}


@BOTH
async def test_every_new_channel_has_a_name_of_its_own(kind):
    layer = kind()
    names = [await layer.new_channel() for _ in range(3)] + [await layer.new_channel("mine.")]
    assert len(set(names)) == 4
    assert all(layer.require_valid_channel_name(name) for name in names)
    assert names[3].startswith("mine.")


@BOTH
async def test_a_full_channel_refuses(kind):
    layer = kind(capacity=2)
    for message in numbers(2):
        await layer.send("a", message)
    with pytest.raises(ChannelFull):
        await layer.send("a", {"type": "t"})
    assert await taken(layer, "a", 2) == numbers(2)


@BOTH
async def test_a_group_reaches_its_members_and_nobody_else(kind):
    layer = kind()
    for channel in ("a", "b"):
        await layer.group_add("g", channel)
    reader = asyncio.create_task(layer.receive("c"))
    await asyncio.sleep(0)
    await layer.group_send("g", {"type": "t"})
    await layer.send("c", {"type": "own"})
    assert await taken(layer, "a", 1) == await taken(layer, "b", 1) == [{"type": "t"}]
    assert await asyncio.wait_for(reader, 60) == {"type": "own"}


@BOTH
async def test_joining_twice_brings_a_message_once(kind):
    layer = kind()
    for _ in range(2):
        await layer.group_add("g", "a")
    for message in numbers(2):
        await layer.group_send("g", message)
    assert await taken(layer, "a", 2) == numbers(2)


@BOTH
async def test_who_has_left_a_group_gets_no_more_of_it(kind):
    layer = kind()
    await layer.group_add("g", "a")
    await layer.group_discard("g", "a")
    await layer.group_send("g", {"type": "t"})
    await layer.send("a", {"type": "own"})
    assert await taken(layer, "a", 1) == [{"type": "own"}]


@BOTH
async def test_who_leaves_one_group_stays_in_the_others(kind):
    layer = kind()
    for group in ("g", "h"):
        await layer.group_add(group, "a")
    await layer.group_discard("g", "a")
    await layer.group_send("h", {"type": "t"})
    assert await taken(layer, "a", 1) == [{"type": "t"}]


@BOTH
async def test_leaving_what_one_never_joined_is_harmless(kind):
    layer = kind()
    await layer.group_discard("g", "a")
    await layer.group_add("g", "b")
    await layer.group_discard("g", "a")
    await layer.group_send("g", {"type": "t"})
    assert await taken(layer, "b", 1) == [{"type": "t"}]


@BOTH
async def test_a_group_without_members_takes_a_message(kind):
    await kind().group_send("g", {"type": "t"})


@BOTH
async def test_flush_forgets_everything(kind):
    layer = kind()
    await layer.group_add("g", "a")
    await layer.send("a", {"type": "old"})
    await layer.flush()
    await layer.group_send("g", {"type": "lost"})
    await layer.send("a", {"type": "new"})
    assert await taken(layer, "a", 1) == [{"type": "new"}]
    await layer.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda layer, name: layer.send(name, {}),
        lambda layer, name: layer.receive(name),
        lambda layer, name: layer.group_add("g", name),
        lambda layer, name: layer.group_add(name, "a"),
        lambda layer, name: layer.group_discard(name, "a"),
        lambda layer, name: layer.group_send(name, {}),
    ],
    ids=["send", "receive", "group_add channel", "group_add group", "group_discard", "group_send"],
)
async def test_a_name_that_is_none_is_refused(call):
    for name in ("", "a b", "é", "x" * 101, 17):
        with pytest.raises((TypeError, AssertionError, ValueError)):
            await call(LocalChannelLayer(), name)


# where it differs from Channels' own


async def test_a_full_mailbox_drops_its_oldest_to_a_group():
    layer = LocalChannelLayer(capacity=2)
    await layer.group_add("g", "a")
    for message in numbers(5):
        await layer.group_send("g", message)
    assert await taken(layer, "a", 2) == numbers(3, 5)


async def test_a_full_mailbox_holds_up_nobody_else():
    layer = LocalChannelLayer(capacity=2)
    for channel in ("slow", "quick"):
        await layer.group_add("g", channel)
    for message in numbers(4):
        await layer.group_send("g", message)
        assert await taken(layer, "quick", 1) == [message]


async def test_members_are_handed_the_same_message_uncopied():
    layer, message = LocalChannelLayer(), {"type": "t"}
    for channel in ("a", "b"):
        await layer.group_add("g", channel)
    await layer.group_send("g", message)
    assert (await layer.receive("a")) is (await layer.receive("b")) is message


async def test_a_discarded_channel_loses_what_waited_for_it():
    layer = LocalChannelLayer()
    await layer.group_add("g", "a")
    await layer.group_send("g", {"type": "t"})
    await layer.group_discard("g", "a")
    assert (layer._mailboxes, layer._groups) == ({}, {})


async def test_nothing_is_left_of_a_consumer_that_came_and_went():
    layer = LocalChannelLayer()
    channel = await layer.new_channel()
    for group in ("g", "h"):
        await layer.group_add(group, channel)
    await layer.group_send("g", {"type": "t"})
    await taken(layer, channel, 1)
    reader = await waiting_reader(layer, channel)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    for group in ("g", "h"):
        await layer.group_discard(group, channel)
    assert (layer._mailboxes, layer._groups) == ({}, {})


async def test_nothing_is_left_of_a_channel_that_was_read_empty():
    layer = LocalChannelLayer()
    await layer.send("a", {"type": "t"})
    await taken(layer, "a", 1)
    assert layer._mailboxes == {}


async def test_a_cancelled_reader_loses_no_message():
    layer = LocalChannelLayer()
    await layer.group_add("g", "a")
    reader = await waiting_reader(layer, "a")
    await layer.group_send("g", {"type": "t"})
    reader.cancel()  # woken, but has not run yet
    await asyncio.gather(reader, return_exceptions=True)
    assert reader.cancelled()
    assert await taken(layer, "a", 1) == [{"type": "t"}]


async def test_a_cancelled_reader_makes_way_for_the_next():
    layer = LocalChannelLayer()
    await layer.group_add("g", "a")
    reader = await waiting_reader(layer, "a")
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    again = await waiting_reader(layer, "a")
    await layer.group_send("g", {"type": "t"})
    assert await asyncio.wait_for(again, 60) == {"type": "t"}


async def test_several_messages_wake_a_reader_once():
    layer = LocalChannelLayer()
    await layer.group_add("g", "a")
    reader = await waiting_reader(layer, "a")
    for message in numbers(3):
        await layer.group_send("g", message)
    assert [await asyncio.wait_for(reader, 60), *await taken(layer, "a", 2)] == numbers(3)


async def test_a_message_from_another_threads_loop_wakes_a_reader():
    layer = LocalChannelLayer()
    await layer.group_add("g", "a")
    reader = await waiting_reader(layer, "a")
    thread = threading.Thread(target=lambda: asyncio.run(layer.group_send("g", {"type": "t"})))
    thread.start()
    assert await asyncio.wait_for(reader, 60) == {"type": "t"}
    thread.join()


async def test_channels_may_have_capacities_of_their_own():
    layer = LocalChannelLayer(capacity=1, channel_capacity={"wide.*": 2})
    for message in numbers(2):
        await layer.send("wide.x", message)
    assert await taken(layer, "wide.x", 2) == numbers(2)
