"""What the client remembers of each subject, and when it is due again."""

from stickyboard.errors import Dropped, Rejected
from stickyboard.only_on_change import ChangeMemory
from stickyboard.receipts import Receipt
from tests.support.manual_clock import ManualClock


def is_sent(memory: ChangeMemory, subject: bytes, encoded: bytes) -> bool:
    """Remember an event as sent if it is due, as a producer does."""
    if is_due := memory.unchanged(subject, encoded, 30) is None:
        memory.remember(subject, encoded, Receipt(encoded), 30)
    return is_due


def due(memory: ChangeMemory) -> list[bytes]:
    return [subject for subject, _ in memory.due()]


def test_a_change_is_new_and_an_equal_event_only_later() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    assert is_sent(memory, b"gbt", b"1")
    assert not is_sent(memory, b"gbt", b"1")
    assert is_sent(memory, b"mlp", b"1")
    assert is_sent(memory, b"gbt", b"2")
    clock.now = 29.9
    assert not is_sent(memory, b"gbt", b"2")
    clock.now = 30.0
    assert is_sent(memory, b"gbt", b"2")


def test_an_unchanged_event_has_the_receipt_of_the_last_one() -> None:
    memory, receipt = ChangeMemory(ManualClock()), Receipt(b"1")
    memory.remember(b"gbt", b"1", receipt, 30)
    assert memory.unchanged(b"gbt", b"1", 30) is receipt


def test_a_change_that_was_dropped_is_due_again() -> None:
    memory = ChangeMemory(ManualClock())
    memory.remember(b"gbt", b"1", Receipt(b"1", is_done=True, error=Dropped(1, 1)), 30)
    assert memory.unchanged(b"gbt", b"1", 30) is None


def test_it_is_bounded_by_the_number_of_subjects() -> None:
    memory = ChangeMemory(ManualClock(), max_subjects=2)
    for subject in (b"a", b"b", b"c"):
        assert is_sent(memory, subject, b"1")
    assert not is_sent(memory, b"c", b"1")
    assert is_sent(memory, b"a", b"1")


def test_it_is_bounded_by_size_except_for_one_event() -> None:
    memory = ChangeMemory(ManualClock(), max_bytes=10)
    assert is_sent(memory, b"a", b"x" * 6)
    assert is_sent(memory, b"b", b"x" * 6)
    assert is_sent(memory, b"a", b"x" * 6)
    assert is_sent(memory, b"c", b"x" * 60)
    assert not is_sent(memory, b"c", b"x" * 60)


def test_each_subject_is_due_at_its_own_interval() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    assert memory.next_look is None
    for subject, every_s in ((b"slow", 60.0), (b"quick", 10.0), (b"never", None)):
        memory.remember(subject, subject, Receipt(subject, is_done=True), every_s)
    found = []
    while len(found) < 8:
        assert memory.next_look is not None
        clock.now = memory.next_look
        found += [(clock.now, subject) for subject in due(memory)]
    quick = [(float(at), b"quick") for at in range(10, 80, 10)]
    assert found == sorted([*quick, (60.0, b"slow")])


def test_a_change_restarts_the_interval() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    memory.remember(b"gbt", b"1", Receipt(b"1", is_done=True), 30)
    clock.now = 20
    memory.remember(b"gbt", b"2", Receipt(b"2", is_done=True), 30)
    clock.now = 30
    assert due(memory) == []
    clock.now = 50
    assert [last.encoded for _, last in memory.due()] == [b"2"]


def test_a_shorter_interval_applies_immediately() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    memory.remember(b"gbt", b"1", Receipt(b"1", is_done=True), 30)
    memory.remember(b"gbt", b"1", Receipt(b"1", is_done=True), 5)
    assert memory.next_look == 5
    clock.now = 5
    assert due(memory) == [b"gbt"]
    clock.now = 30
    assert due(memory) == [b"gbt"]


def test_unacknowledged_and_rejected_events_are_not_due() -> None:
    clock = ManualClock()
    memory, waiting = ChangeMemory(clock), Receipt(b"1")
    refused = Receipt(b"2", is_done=True, error=Rejected("invalid_event", "odd", {}))
    memory.remember(b"waiting", b"1", waiting, 30)
    memory.remember(b"refused", b"2", refused, 30)
    clock.now = 30
    assert due(memory) == []
    waiting.is_done = True
    clock.now = 60
    assert due(memory) == [b"waiting"]


def test_a_forgotten_subject_is_never_due() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock, max_subjects=1)
    for subject in (b"a", b"b"):
        memory.remember(subject, subject, Receipt(subject, is_done=True), 30)
    clock.now = 30
    assert due(memory) == [b"b"]


def test_frequent_changes_take_one_heap_item_per_subject() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    for n in range(1_000):
        clock.now = n / 100
        memory.remember(b"gbt", b"%d" % n, Receipt(b""), 30)
    assert len(memory._looks) == 1


def test_forgotten_subjects_leave_no_heap_items() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock, max_subjects=5)
    for n in range(1_000):
        memory.remember(b"episode %d" % n, b"", Receipt(b"", is_done=True), 86_400)
    assert len(memory._looks) <= 10
    clock.now = 86_400
    assert due(memory) == [b"episode %d" % n for n in range(995, 1_000)]
