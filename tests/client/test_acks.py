"""When a watcher acknowledges; js/acks.test.js tests the same of the page."""

import pytest

from stickyboard.watcher import Acks


def acks(draw: float = 0.5) -> Acks:
    return Acks(lambda: draw, updates=8, size_bytes=1000)


def test_nothing_is_due_without_an_unacknowledged_update():
    it = acks()
    assert it.due_in_s(0.0) is None
    it.add(10, 0.0)
    assert it.acknowledge(0.1) == 1
    assert it.due_in_s(0.1) is None


@pytest.mark.parametrize(("draw", "updates"), [(0.0, 2), (0.5, 3), (0.999, 4)])
def test_it_is_due_at_a_quarter_to_half_of_the_window(draw, updates):
    it = acks(draw)
    for _ in range(updates - 1):
        it.add(1, 0.0)
    assert it.due_in_s(0.0) != 0
    it.add(1, 0.0)
    assert it.due_in_s(0.0) == 0


def test_it_is_due_a_quarter_second_after_the_last_update():
    it = acks()
    it.add(1, 10.0)
    it.add(1, 10.2)
    assert it.due_in_s(10.3) == pytest.approx(0.15)
    assert it.due_in_s(11.0) == 0


def test_it_is_due_within_a_second():
    it = acks(0.999)
    it.add(1, 0.0)
    it.add(1, 0.9)
    assert it.due_in_s(0.9) <= 0.1


@pytest.mark.parametrize(("pause_s", "most"), [(0.1, 500), (0.3, 250)])
def test_a_fast_connection_doubles_the_bytes_between_acks(pause_s, most):
    it = acks(0.0)
    for now in (0.0, pause_s):
        it.add(250, now)
        assert it.due_in_s(now) == 0
        it.acknowledge(now)
    it.add(most - 1, 2 * pause_s)
    assert it.due_in_s(2 * pause_s) != 0
    it.add(1, 2 * pause_s)
    assert it.due_in_s(2 * pause_s) == 0
