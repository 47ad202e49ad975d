"""What the client remembers of each subject, and when it sends it again."""

from stickyboard.errors import Dropped, Rejected
from stickyboard.only_on_change import ChangeMemory
from stickyboard.receipts import Receipt
from tests.support.manual_clock import ManualClock


class Sending:
    """A memory on a manual clock, and the events that it sends again, with their times."""

    def __init__(self, **bounds: int) -> None:
        self.clock, self.again = ManualClock(), list[tuple[float, bytes]]()
        self.memory = ChangeMemory(self.clock, self.send, self.clock.call_later, **bounds)

    def send(self, encoded: bytes) -> Receipt:
        self.again.append((self.clock.now, encoded))
        return Receipt(encoded, is_done=True)

    def is_sent(self, subject: bytes, encoded: bytes) -> bool:
        """Remember an event as sent if it is new, as a producer does."""
        if is_new := self.memory.unchanged(subject, encoded, 30) is None:
            self.remember(subject, encoded)
        return is_new

    def remember(self, subject: bytes, encoded: bytes, every_s: float | None = 30, **receipt: object) -> None:
        self.memory.remember(subject, encoded, Receipt(encoded, **{"is_done": True, **receipt}), every_s)


def test_a_change_is_new_and_an_equal_event_only_later() -> None:
    sending = Sending()
    assert sending.is_sent(b"gbt", b"1")
    assert not sending.is_sent(b"gbt", b"1")
    assert sending.is_sent(b"mlp", b"1")
    assert sending.is_sent(b"gbt", b"2")
    sending.clock.now = 29.9
    assert not sending.is_sent(b"gbt", b"2")
    sending.clock.now = 30.0
    assert sending.is_sent(b"gbt", b"2")


def test_an_unchanged_event_has_the_receipt_of_the_last_one() -> None:
    memory, receipt = Sending().memory, Receipt(b"1")
    memory.remember(b"gbt", b"1", receipt, 30)
    assert memory.unchanged(b"gbt", b"1", 30) is receipt


def test_a_change_that_was_dropped_is_new() -> None:
    sending = Sending()
    sending.remember(b"gbt", b"1", error=Dropped(1, 1))
    assert sending.is_sent(b"gbt", b"1")


def test_it_is_bounded_by_the_number_of_subjects() -> None:
    sending = Sending(max_subjects=2)
    for subject in (b"a", b"b", b"c"):
        assert sending.is_sent(subject, b"1")
    assert not sending.is_sent(b"c", b"1")
    assert sending.is_sent(b"a", b"1")


def test_it_is_bounded_by_size_except_for_one_event() -> None:
    sending = Sending(max_bytes=10)
    assert sending.is_sent(b"a", b"x" * 6)
    assert sending.is_sent(b"b", b"x" * 6)
    assert sending.is_sent(b"a", b"x" * 6)
    assert sending.is_sent(b"c", b"x" * 60)
    assert not sending.is_sent(b"c", b"x" * 60)


def test_each_subject_is_sent_at_its_own_interval() -> None:
    sending = Sending()
    for subject, every_s in ((b"slow", 60.0), (b"quick", 10.0), (b"never", None)):
        sending.remember(subject, subject, every_s)
    sending.clock.advance(75)
    quick = [(float(at), b"quick") for at in range(10, 80, 10)]
    assert sorted(sending.again) == sorted([*quick, (60.0, b"slow")])


def test_a_change_restarts_the_interval() -> None:
    sending = Sending()
    sending.remember(b"gbt", b"1")
    sending.clock.advance(20)
    sending.remember(b"gbt", b"2")
    sending.clock.advance(30)
    assert sending.again == [(50, b"2")]


def test_a_shorter_interval_applies_immediately() -> None:
    sending = Sending()
    sending.remember(b"gbt", b"1", 30)
    sending.remember(b"gbt", b"1", 5)
    sending.clock.advance(10)
    assert sending.again == [(5, b"1"), (10, b"1")]


def test_an_unacknowledged_event_is_not_sent_again() -> None:
    sending, waiting = Sending(), Receipt(b"1")
    sending.memory.remember(b"gbt", b"1", waiting, 30)
    sending.clock.advance(30)
    assert sending.again == []
    waiting.is_done = True
    sending.clock.advance(30)
    assert sending.again == [(60, b"1")]


def test_a_rejected_event_is_not_sent_again() -> None:
    sending = Sending()
    sending.remember(b"gbt", b"2", error=Rejected("invalid_event", "odd", {}))
    sending.clock.advance(60)
    assert sending.again == []


def test_forgotten_subjects_are_not_sent_again() -> None:
    sending = Sending(max_subjects=5)
    for n in range(100):
        sending.remember(b"episode %d" % n, b"%d" % n)
    assert len(sending.clock.timers) == 5
    sending.clock.advance(30)
    assert [encoded for _, encoded in sending.again] == [b"%d" % n for n in range(95, 100)]


def test_frequent_changes_take_one_timer_per_subject() -> None:
    sending = Sending()
    for n in range(100):
        sending.remember(b"gbt", b"%d" % n)
    assert len(sending.clock.timers) == 1


def test_nothing_is_sent_again_after_it_was_cleared() -> None:
    sending = Sending()
    sending.remember(b"gbt", b"1")
    sending.memory.clear()
    assert sending.clock.timers == []
    assert sending.is_sent(b"gbt", b"1")
