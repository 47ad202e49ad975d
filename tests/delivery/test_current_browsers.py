"""Current browsers: what they are sent without a look at each is what each would have been sent, and never more."""

import pytest

from broadcast.delivery.flow_control import MIN_ROOM, CurrentBrowsers, FlowControl
from broadcast.delivery.updates import Update
from broadcast.types import Cursor

AT = {"keyed": Cursor("e", 1)}


def update(size_bytes: int = 10) -> Update:
    return Update("x" * size_bytes, {}, size_bytes)


class Browser:
    """A browser that was sent some updates before it became current."""

    def __init__(self, current: CurrentBrowsers, sent_before: int = 0, updates: int = 20) -> None:
        self.current, self.flow = current, FlowControl((), updates, 2_000)
        self.received: list[str] = []
        self.answer: bool | Exception = True
        self.position = None
        for _ in range(sent_before):
            self.flow.record_sent(10, 0.0)
        self.recorded = current.add(self, self.send_now, self.flow, update())

    def send_now(self, text: str) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer:
            self.received.append(text)
        return self.answer

    def on_left(self, position) -> None:
        self.read()
        self.position, self.recorded = position, None

    def read(self) -> FlowControl:
        if self.recorded is not None:
            self.recorded = self.current.record_in(self.flow, self.recorded)
        return self.flow


@pytest.fixture
def current() -> CurrentBrowsers:
    return CurrentBrowsers()


def test_a_flow_control_has_what_was_sent_since_it_joined(current):
    first = Browser(current)
    current.send(update(30), AT, 1.0)
    second = Browser(current)
    assert first.read().updates_sent == 1
    current.send(update(50), AT, 2.0)
    assert (first.read().updates_sent, first.flow.bytes_sent) == (2, 80)
    assert (second.read().updates_sent, second.flow.bytes_sent) == (1, 50)
    assert first.read().updates_sent == 2, "read twice, recorded once"


def test_an_acknowledgement_finds_the_time_of_its_update(current):
    browser = Browser(current, updates=60)
    for now in (1.0, 2.0, 3.0):
        current.send(update(), AT, now)
    alone = FlowControl((), 60, 2_000)
    for now in (1.0, 2.0, 3.0):
        alone.record_sent(10, now)
    assert browser.read().acknowledge(2, 3.5)
    assert alone.acknowledge(2, 3.5)
    assert all(
        getattr(browser.flow, name) == getattr(alone, name) for name in FlowControl.__slots__ if name != "_interval"
    )


@pytest.mark.parametrize(("size_bytes", "most"), [(1, 15), (100, 10)])
def test_no_window_is_exceeded(current, size_bytes, most):
    full, empty = Browser(current, sent_before=5), Browser(current)
    full.flow.limit_bytes = 1_000
    sent = 0
    while not current.send(update(size_bytes), AT, 1.0):
        sent += 1
    assert sent == most
    assert len(current) == 0
    assert not full.flow.is_open
    assert full.position == empty.position == AT
    assert empty.flow.updates_sent == most


@pytest.mark.parametrize("answer", [False, OSError("it is closing")])
def test_one_that_cannot_be_sent_an_update_leaves(current, answer):
    busy, other = Browser(current), Browser(current)
    current.send(update(), AT, 1.0)
    busy.answer = answer
    later = {"keyed": Cursor("e", 2)}
    assert current.send(update(), later, 2.0) == [busy]
    assert busy.position is later
    assert busy.flow.updates_sent == 1, "the one that it was not sent is not recorded"
    assert busy not in current
    current.send(update(), AT, 3.0)
    assert (len(other.received), other.read().updates_sent) == (3, 3)


def test_a_nearly_full_window_is_looked_at_each_time(current):
    assert Browser(current, sent_before=20 - MIN_ROOM).recorded == 0
    assert Browser(current, sent_before=21 - MIN_ROOM).recorded is None
    assert current.add(object(), bool, FlowControl((), 20, 2_000), update(1 + 1_000 // MIN_ROOM)) is None
    assert len(current) == 1


def test_records_are_dropped_with_the_last_browser(current):
    browser = Browser(current)
    current.send(update(), AT, 1.0)
    current.remove(browser, AT)
    current.remove(browser, {})  # it is not current any more
    assert browser.position is AT
    assert Browser(current).recorded == 0
