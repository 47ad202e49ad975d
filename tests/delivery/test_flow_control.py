"""How much a browser may be sent beyond what it has acknowledged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.delivery.flow_control import LAG_S, MAX_BYTES, MAX_LEAST_LAG_S, MIN_BYTES, FlowControl

NOW = 100.0


def window(updates: int = 60, size_bytes: int = 131_072) -> FlowControl:
    return FlowControl((), updates, size_bytes)


def sent(browser: FlowControl, *sizes: int, at: float = NOW) -> FlowControl:
    for size in sizes:
        browser.record_sent(size, at)
    return browser


def test_it_shuts_after_its_updates():
    browser = sent(window(updates=2), 1)
    assert browser.is_open
    sent(browser, 1)
    assert not browser.is_open
    assert not browser.permits_probe
    assert browser.unacknowledged_updates == 2


def test_it_closes_at_half_of_the_window_at_first():
    browser = sent(window(size_bytes=20_000), 9_999)
    assert browser.is_open
    sent(browser, 1)
    assert not browser.is_open
    assert browser.permits_probe
    sent(browser, 10_000)
    assert not browser.permits_probe


def test_one_update_always_goes_however_large():
    browser = window()
    assert browser.is_open
    sent(browser, 10_000_000)
    assert not browser.is_open
    assert browser.acknowledge(1, NOW)
    assert browser.is_open


def test_an_acknowledgement_frees_what_it_covers():
    browser = sent(window(size_bytes=20_000), 8_000, 1_000, 1_000)
    assert not browser.is_open
    assert browser.acknowledge(1, NOW)
    assert browser.is_open
    assert browser.unacknowledged_updates == 2


def test_more_than_it_was_sent_cannot_be_acknowledged():
    browser = window()
    assert not browser.acknowledge(1, NOW)
    sent(browser, 1)
    assert not browser.acknowledge(2, NOW)
    assert browser.unacknowledged_updates == 1


@pytest.mark.parametrize("count", [1, 0, -5])
def test_an_acknowledgement_that_goes_back_says_nothing(count):
    browser = sent(window(), 1, 1, 1)
    browser.acknowledge(2, NOW)
    assert browser.acknowledge(count, NOW)
    assert browser.unacknowledged_updates == 1
    assert browser.acknowledge(3, NOW)
    assert browser.unacknowledged_updates == 0


def test_a_timely_ack_doubles_a_used_limit():
    browser = sent(window(size_bytes=20_000), 4_000, 4_000)
    browser.acknowledge(2, NOW + LAG_S)
    assert browser.limit_bytes == 20_000


def test_a_limit_that_was_not_needed_stays():
    browser = sent(window(size_bytes=20_000), 4_999)
    browser.acknowledge(1, NOW)
    assert browser.limit_bytes == 10_000


def test_the_limit_becomes_what_would_have_come_in_time():
    browser = sent(window(), 100_000)
    browser.acknowledge(1, NOW + 5.0 + MAX_LEAST_LAG_S)  # 20,000 bytes a second, and the line's own time
    assert browser.limit_bytes == 20_000 * LAG_S


@pytest.mark.parametrize("round_trip_s", [0.3, 0.6, 1.0])
def test_a_long_line_alone_makes_no_browser_slow(round_trip_s):
    """With or without ten quiet seconds first: each ack is late by a round trip and a quarter of a second."""
    browser = window()
    for count, size in enumerate([2_000] * 10 + [9_000] * 200, start=1):
        sent(browser, size)
        browser.acknowledge(count, NOW + round_trip_s + 0.25)
    assert browser.limit_bytes >= 65_536


def test_the_smallest_window_can_grow():
    browser = sent(window(size_bytes=1), 10)
    browser.acknowledge(1, NOW)
    assert browser.limit_bytes > 1


def test_the_limit_has_a_floor_and_a_ceiling():
    browser = sent(window(), 100)
    browser.acknowledge(1, NOW + 3600)
    assert browser.limit_bytes == MIN_BYTES
    for count in range(2, 30):
        sent(browser, MAX_BYTES)
        browser.acknowledge(count, NOW)
    assert browser.limit_bytes == MAX_BYTES


@given(st.floats(2_000, 200_000), st.lists(st.integers(100, 8_000), min_size=3, max_size=8))
def test_a_reader_of_any_speed_stays_about_a_second_behind(bytes_per_s, sizes):
    """A reader with a fixed speed that acknowledges each update; more data is always waiting."""
    browser, now, in_flight, lags = window(), 0.0, [], []
    for size in sizes * 80:
        while not browser.is_open:
            due, count = in_flight.pop(0)
            now = max(now, due)
            browser.acknowledge(count, now)
        start = max([now, *(due for due, _ in in_flight)])
        due = start + size / bytes_per_s
        browser.record_sent(size, now)
        in_flight.append((due, len(lags) + 1))
        lags.append(due - now)
    # One update is always admitted, so an update's own duration is added.
    assert max(lags[len(lags) // 2 :]) <= MAX_LEAST_LAG_S + 2 * LAG_S + 0.5 + 2 * (max(sizes) + MIN_BYTES) / bytes_per_s


@given(st.lists(st.tuples(st.just("send"), st.integers(0, 40)) | st.tuples(st.just("ack"), st.integers(-2, 12))))
def test_it_is_never_more_than_one_update_past_its_limits(steps):
    browser, count = FlowControl((), 4, 60), 0
    for step, number in steps:
        if step == "ack":
            browser.acknowledge(number, NOW)
        elif browser.is_open:
            browser.record_sent(number, NOW)
            count += 1
        assert browser.unacknowledged_updates <= min(4, count)
