"""A board is delivered at most once per tick."""

from hypothesis import given
from hypothesis import strategies as st

from broadcast.delivery.pacer import Pacer

TICK_S = 0.25


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
