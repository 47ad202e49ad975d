"""A board is delivered at most once per tick."""

from hypothesis import given
from hypothesis import strategies as st

from broadcast.delivery.flow_control import UpdateInterval

TICK_S = 0.25


def test_the_first_after_a_pause_goes_at_once():
    interval = UpdateInterval(0.5)
    assert interval.wait_s(100.0) == 0
    interval.record(100.0, TICK_S)
    assert interval.wait_s(200.0) == 0


def test_a_second_one_waits():
    interval = UpdateInterval(0.5)
    interval.record(100.0, TICK_S)
    assert 0 < interval.wait_s(100.0) <= TICK_S


def test_a_steady_publisher_that_is_sometimes_early_never_waits():
    interval = UpdateInterval(0.5)
    for number in range(100):
        now = number * TICK_S - (0.4 * TICK_S if number % 3 == 1 else 0)
        assert interval.wait_s(now) == 0, number
        interval.record(now, TICK_S)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=100))
def test_in_no_span_of_time_do_more_go_than_ticks_and_one(pauses):
    interval, now, sent_at = UpdateInterval(0.5), 0.0, []
    for pause in pauses:
        now = max(now, now + pause * TICK_S / 2)
        wait_s = interval.wait_s(now)
        now += wait_s
        interval.record(now, TICK_S)
        sent_at.append(now)
    for first in range(len(sent_at)):
        for last in range(first, len(sent_at)):
            assert last - first + 1 <= (sent_at[last] - sent_at[first]) / TICK_S + 2 + 1e-6
