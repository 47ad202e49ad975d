"""When a browser acknowledges: the page's twin is tried in js/acks.test.js."""

import pytest

from stickyboard.watcher import Acks


def acks(draw: float = 0.5) -> Acks:
    return Acks(lambda: draw, updates=8, size_bytes=1000)


def test_there_is_nothing_to_acknowledge_before_an_update_nor_after_it_was_told():
    it = acks()
    assert it.due_in_s(0.0) is None
    it.took(10, 0.0)
    assert it.tell(0.1) == 1
    assert it.due_in_s(0.1) is None


@pytest.mark.parametrize(("draw", "updates"), [(0.0, 2), (0.5, 3), (0.999, 4)])
def test_the_share_lies_between_a_quarter_and_a_half_of_the_window(draw, updates):
    it = acks(draw)
    for _ in range(updates - 1):
        it.took(1, 0.0)
    assert it.due_in_s(0.0) != 0
    it.took(1, 0.0)
    assert it.due_in_s(0.0) == 0


def test_silence_is_answered_and_each_update_begins_it_anew():
    it = acks()
    it.took(1, 10.0)
    it.took(1, 10.2)
    assert it.due_in_s(10.3) == pytest.approx(0.15)
    assert it.due_in_s(11.0) == 0


def test_nothing_is_held_for_longer_than_a_second():
    it = acks(0.999)
    it.took(1, 0.0)
    it.took(1, 0.9)
    assert it.due_in_s(0.9) <= 0.1


@pytest.mark.parametrize(("pause_s", "most"), [(0.1, 500), (0.3, 250)])
def test_a_fast_line_takes_twice_the_bytes_before_the_next_one_and_a_slow_one_as_many(pause_s, most):
    it = acks(0.0)
    for now in (0.0, pause_s):
        it.took(250, now)
        assert it.due_in_s(now) == 0
        it.tell(now)
    it.took(most - 1, 2 * pause_s)
    assert it.due_in_s(2 * pause_s) != 0
    it.took(1, 2 * pause_s)
    assert it.due_in_s(2 * pause_s) == 0
