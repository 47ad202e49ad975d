"""Updates of several processes: at most one per tick, in order, and none held for long."""

from hypothesis import given
from hypothesis import strategies as st

from broadcast.delivery.reorder import PATIENCE, Pacer, ReorderBuffer
from broadcast.delivery.updates import Span, Update

TICK_S = 0.25


def update(start: int, end: int, name: str = "k", epoch: str = "e", size: int = 2) -> Update:
    return Update("x" * size, [Span(name, epoch, start, end)], size)


def ends(updates: list[Update]) -> list[int]:
    return [part.spans[0].to_revision for part in updates]


# pacer


def test_the_first_after_a_pause_goes_at_once():
    pacer = Pacer()
    assert pacer.wait_s(100.0) == 0
    pacer.record(100.0, TICK_S)
    assert pacer.wait_s(200.0) == 0


def test_a_second_one_waits():
    pacer = Pacer()
    pacer.record(100.0, TICK_S)
    assert 0 < pacer.wait_s(100.0) <= TICK_S


def test_a_steady_publisher_that_is_sometimes_early_never_waits():
    pacer = Pacer()
    for number in range(100):
        now = number * TICK_S - (0.4 * TICK_S if number % 3 == 1 else 0)
        assert pacer.wait_s(now) == 0, number
        pacer.record(now, TICK_S)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=100))
def test_in_no_span_of_time_do_more_go_than_ticks_and_one(pauses):
    pacer, now, sent_at = Pacer(), 0.0, []
    for pause in pauses:
        now = max(now, now + pause * TICK_S / 2)
        wait_s = pacer.wait_s(now)
        now += wait_s
        pacer.record(now, TICK_S)
        sent_at.append(now)
    for first in range(len(sent_at)):
        for last in range(first, len(sent_at)):
            assert last - first + 1 <= (sent_at[last] - sent_at[first]) / TICK_S + 2 + 1e-6


# reorder_buffer


def reorder_buffer(updates: int = 64, size: int = 1000) -> ReorderBuffer:
    return ReorderBuffer(updates, size)


def test_updates_are_forwarded_in_order():
    buffer = reorder_buffer()
    for start in range(3):
        buffer.put(update(start, start + 1))
    assert ends(buffer.take()) == [1, 2, 3]
    assert buffer.take() == []
    assert not buffer


def test_two_that_came_in_the_wrong_order_are_swapped():
    buffer = reorder_buffer()
    for start in (0, 2, 1):
        buffer.put(update(start, start + 1))
    assert ends(buffer.take()) == [1, 2, 3]


def test_one_that_leaves_a_gap_waits_for_what_is_missing():
    buffer = reorder_buffer()
    buffer.put(update(0, 1))
    buffer.put(update(2, 3))
    assert ends(buffer.take()) == [1]
    assert buffer
    buffer.put(update(1, 2))
    assert ends(buffer.take()) == [2, 3]
    assert not buffer


def test_it_waits_for_some_ticks_only():
    buffer = reorder_buffer()
    buffer.put(update(0, 1))
    buffer.put(update(2, 3))
    assert ends(buffer.take()) == [1]
    for _ in range(PATIENCE - 1):
        assert buffer.take() == []
    assert ends(buffer.take()) == [3]
    assert not buffer
    buffer.put(update(3, 4))
    assert ends(buffer.take()) == [4]


def test_updates_behind_a_held_one_are_not_held_again():
    buffer = reorder_buffer()
    buffer.put(update(0, 1))
    delivered = []
    for start in range(2, 3 + PATIENCE):
        buffer.put(update(start, start + 1))
        delivered.append(ends(buffer.take()))
    assert delivered == [[1], *[[]] * (PATIENCE - 1), list(range(3, 4 + PATIENCE))]


def test_no_more_wait_than_a_mailbox_has_room_for():
    buffer = reorder_buffer(updates=3)
    buffer.put(update(0, 1))
    buffer.take()
    for start in (2, 3, 4):
        buffer.put(update(start, start + 1))
    assert buffer.take() == []
    buffer.put(update(5, 6))
    assert ends(buffer.take()) == [3, 4, 5, 6]


def test_a_new_history_waits_for_nothing():
    buffer = reorder_buffer()
    buffer.put(update(0, 5))
    buffer.put(update(7, 8, epoch="f"))
    assert ends(buffer.take()) == [5, 8]


def test_another_keyspace_waits_for_nothing():
    buffer = reorder_buffer()
    buffer.put(update(0, 5))
    buffer.put(update(7, 8, name="m"))
    assert ends(buffer.take()) == [5, 8]


def test_duplicates_are_forwarded_and_harm_nothing():
    buffer = reorder_buffer()
    for start in (0, 0, 1, 0):
        buffer.put(update(start, start + 1))
    assert sorted(ends(buffer.take())) == [1, 1, 1, 2]


def test_too_many_shrink_to_their_heads():
    buffer = reorder_buffer(updates=3)
    for start in range(5):
        buffer.put(update(start, start + 1))
    assert [(part.text, ends([part])) for part in buffer.take()] == [("", [4]), ("xx", [5])]


def test_too_large_ones_shrink_to_their_heads():
    buffer = reorder_buffer(size=10)
    buffer.put(update(0, 1, size=6))
    buffer.put(update(1, 2, size=6))
    assert [(part.text, part.size_bytes, ends([part])) for part in buffer.take()] == [("", 0, [2])]


def test_after_updates_were_missed_nothing_is_waited_for():
    buffer = reorder_buffer()
    buffer.put(update(0, 1))
    buffer.take()
    buffer.put(update(1, 2))
    buffer.forget()
    assert not buffer
    buffer.put(update(7, 8))
    assert ends(buffer.take()) == [8]
