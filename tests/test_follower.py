"""One browser's place: what it does with a frame, and when it may be sent one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.follower import Follower, Verdict
from broadcast.frames import Frame, Span
from broadcast.words import NEVER_WRITTEN, Cursor


def follower(frames: int = 3, size: int = 100, **cursors: tuple[str, int]) -> Follower:
    return Follower(["a", "b"], {name: Cursor(*cursor) for name, cursor in cursors.items()}, frames, size)


def frame(*spans: Span, size: int = 10) -> Frame:
    return Frame("x" * size, list(spans))


AT_5 = {"a": ("e", 5), "b": ("e", 5)}

# what to do with a frame


@pytest.mark.parametrize(("start", "end"), [(4, 5), (0, 5), (1, 2), (0, 0)])
def test_what_it_has_already_is_dropped(start, end):
    assert follower(**AT_5).judge([Span("a", "e", start, end)]) is Verdict.DROP


def test_what_continues_where_it_stands_is_passed_on():
    assert follower(**AT_5).judge([Span("a", "e", 5, 7)]) is Verdict.PASS


@pytest.mark.parametrize(
    "span",
    [
        Span("a", "e", 6, 7),
        Span("a", "e", 4, 6),
        Span("a", "other", 5, 7),
        Span("a", "other", 0, 1),
        Span("a", "e", 5, 7, reset=True),
        Span("a", "e", 4, 5, reset=True),
    ],
    ids=["a gap", "an overlap", "another epoch", "a new history", "a reset ahead", "a reset behind"],
)
def test_anything_else_is_answered_from_the_store(span):
    assert follower(**AT_5).judge([span]) is Verdict.CATCH_UP


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (Span("b", "e", 5, 6), Verdict.PASS),
        (Span("b", "e", 4, 5), Verdict.CATCH_UP),
        (Span("b", "e", 7, 8), Verdict.CATCH_UP),
        (Span("b", "other", 5, 6), Verdict.CATCH_UP),
    ],
    ids=["both continue", "one is known", "one leaves a gap", "one is of another epoch"],
)
def test_a_frame_is_passed_on_only_whole(other, verdict):
    assert follower(**AT_5).judge([Span("a", "e", 5, 6), other]) is verdict


def test_a_frame_of_nothing_new_is_dropped_whole():
    assert follower(**AT_5).judge([Span("a", "e", 1, 2), Span("b", "e", 4, 5)]) is Verdict.DROP
    assert follower(**AT_5).judge([]) is Verdict.DROP


def test_a_browser_with_nothing_stands_where_nothing_was_written():
    assert follower().judge([Span("a", *NEVER_WRITTEN, 1)]) is Verdict.PASS
    assert follower().judge([Span("a", "e", 0, 1)]) is Verdict.CATCH_UP


def test_a_frame_that_was_sent_moves_the_cursor():
    browser = follower(**AT_5)
    browser.sent(frame(Span("a", "e", 5, 9), Span("b", "new", 0, 2, reset=True)))
    assert browser.cursors == {"a": Cursor("e", 9), "b": Cursor("new", 2)}
    assert browser.judge([Span("a", "e", 5, 9)]) is Verdict.DROP


# whether the store has more


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (Cursor("e", 5), False),
        (Cursor("e", 4), False),
        (Cursor("e", 6), True),
        (Cursor("new", 1), True),
        (NEVER_WRITTEN, True),
    ],
    ids=["the same", "read before the last frame", "more", "begun anew", "forgotten"],
)
def test_it_is_behind_when_the_store_has_something_it_was_not_sent(head, expected):
    assert follower(**AT_5).is_behind({"a": head}) is expected


def test_what_its_board_does_not_show_is_nothing_to_it():
    assert not follower(**AT_5).is_behind({"elsewhere": Cursor("e", 9)})


def test_a_keyspace_it_was_never_sent_is_one_it_lacks():
    assert follower().is_behind({"a": Cursor("e", 1)})
    assert not follower().is_behind({"a": NEVER_WRITTEN})


# the window


def test_the_window_shuts_after_its_frames():
    browser = follower(frames=2)
    browser.sent(frame())
    assert browser.window_is_open
    browser.sent(frame())
    assert not browser.window_is_open
    assert browser.unacknowledged_frames == 2


def test_the_window_shuts_after_its_bytes():
    browser = follower(size=20)
    browser.sent(frame(size=19))
    assert browser.window_is_open
    browser.sent(frame(size=1))
    assert not browser.window_is_open


def test_the_window_counts_bytes_and_not_characters():
    browser = follower(size=20)
    browser.sent(Frame("é" * 10, []))
    assert not browser.window_is_open


def test_one_frame_always_goes_however_large():
    browser = follower(size=20)
    assert browser.window_is_open
    browser.sent(frame(size=1000))
    assert not browser.window_is_open
    assert browser.acknowledged(1)
    assert browser.window_is_open


def test_an_acknowledgement_frees_what_it_covers():
    browser = follower(frames=9, size=30)
    for size in (20, 5, 5):
        browser.sent(frame(size=size))
    assert not browser.window_is_open
    assert browser.acknowledged(1)
    assert browser.window_is_open
    assert browser.unacknowledged_frames == 2
    browser.sent(frame(size=20))
    assert not browser.window_is_open


def test_more_than_it_was_sent_cannot_be_acknowledged():
    browser = follower()
    assert not browser.acknowledged(1)
    browser.sent(frame())
    assert not browser.acknowledged(2)
    assert browser.unacknowledged_frames == 1


@pytest.mark.parametrize("count", [1, 0, -5])
def test_an_acknowledgement_that_goes_back_says_nothing(count):
    browser = follower()
    for _ in range(3):
        browser.sent(frame())
    browser.acknowledged(2)
    assert browser.acknowledged(count)
    assert browser.unacknowledged_frames == 1
    assert browser.acknowledged(3)
    assert browser.unacknowledged_frames == 0


@given(st.lists(st.tuples(st.just("send"), st.integers(0, 40)) | st.tuples(st.just("ack"), st.integers(-2, 12))))
def test_what_is_unacknowledged_is_what_was_sent_after_the_newest_acknowledgement(steps):
    browser, sizes, taken = follower(frames=4, size=50), [], 0
    for step, number in steps:
        if step == "send":
            browser.sent(frame(size=number))
            sizes.append(number)
        else:
            assert browser.acknowledged(number) is (number <= len(sizes))
            taken = max(taken, number) if number <= len(sizes) else taken
        left = sizes[taken:]
        assert browser.unacknowledged_frames == len(left)
        assert browser.window_is_open == (not left or (len(left) < 4 and sum(left) < 50))
