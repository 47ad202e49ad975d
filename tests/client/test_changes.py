"""What the client remembers of each thing, and when it is due again. Pure."""

from stickyboard.changes import ChangeMemory
from stickyboard.errors import Dropped, Rejected
from stickyboard.outbox import Receipt
from tests.support.manual_clock import ManualClock


def is_sent(memory: ChangeMemory, thing: bytes, encoded: bytes) -> bool:
    """Remember an event as sent if it is due, as a producer does."""
    if is_due := memory.unchanged(thing, encoded, 30) is None:
        memory.remember(thing, encoded, Receipt(encoded), 30)
    return is_due


def due(memory: ChangeMemory) -> list[bytes]:
    return [thing for thing, _ in memory.due()]


def test_a_change_is_due_at_once_and_the_same_again_only_after_a_while() -> None:
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


def test_the_memory_of_changes_is_bounded_by_number() -> None:
    memory = ChangeMemory(ManualClock(), max_things=2)
    for thing in (b"a", b"b", b"c"):
        assert is_sent(memory, thing, b"1")
    assert not is_sent(memory, b"c", b"1")
    assert is_sent(memory, b"a", b"1")


def test_the_memory_of_changes_is_bounded_by_size_but_for_one() -> None:
    memory = ChangeMemory(ManualClock(), max_bytes=10)
    assert is_sent(memory, b"a", b"x" * 6)
    assert is_sent(memory, b"b", b"x" * 6)
    assert is_sent(memory, b"a", b"x" * 6)
    assert is_sent(memory, b"c", b"x" * 60)
    assert not is_sent(memory, b"c", b"x" * 60)


def test_each_thing_is_due_at_its_own_time() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    assert memory.next_look is None
    for thing, every_s in ((b"slow", 60.0), (b"quick", 10.0), (b"never", None)):
        memory.remember(thing, thing, Receipt(thing, is_done=True), every_s)
    found = []
    while len(found) < 8:
        assert memory.next_look is not None
        clock.now = memory.next_look
        found += [(clock.now, thing) for thing in due(memory)]
    quick = [(float(at), b"quick") for at in range(10, 80, 10)]
    assert found == sorted([*quick, (60.0, b"slow")])


def test_a_change_puts_the_time_off() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    memory.remember(b"gbt", b"1", Receipt(b"1", is_done=True), 30)
    clock.now = 20
    memory.remember(b"gbt", b"2", Receipt(b"2", is_done=True), 30)
    clock.now = 30
    assert due(memory) == []
    clock.now = 50
    assert [last.encoded for _, last in memory.due()] == [b"2"]


def test_a_shorter_time_counts_at_once() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    memory.remember(b"gbt", b"1", Receipt(b"1", is_done=True), 30)
    memory.remember(b"gbt", b"1", Receipt(b"1", is_done=True), 5)
    assert memory.next_look == 5
    clock.now = 5
    assert due(memory) == [b"gbt"]
    clock.now = 30
    assert due(memory) == [b"gbt"]


def test_what_waits_is_due_only_after_its_answer_and_what_was_refused_never() -> None:
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


def test_what_is_forgotten_is_never_due() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock, max_things=1)
    for thing in (b"a", b"b"):
        memory.remember(thing, thing, Receipt(thing, is_done=True), 30)
    clock.now = 30
    assert due(memory) == [b"b"]


def test_looking_at_what_changes_all_the_time_costs_one_note_a_thing() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock)
    for n in range(1_000):
        clock.now = n / 100
        memory.remember(b"gbt", b"%d" % n, Receipt(b""), 30)
    assert len(memory._looks) == 1


def test_what_was_forgotten_long_before_it_is_due_leaves_no_notes_behind() -> None:
    clock = ManualClock()
    memory = ChangeMemory(clock, max_things=5)
    for n in range(1_000):
        memory.remember(b"episode %d" % n, b"", Receipt(b"", is_done=True), 86_400)
    assert len(memory._looks) <= 10
    clock.now = 86_400
    assert due(memory) == [b"episode %d" % n for n in range(995, 1_000)]
