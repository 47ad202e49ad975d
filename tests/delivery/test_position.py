"""A browser's position: what happens to an update, and what the browser lacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.delivery.coalesce import Delivery
from broadcast.delivery.position import Verdict, judge, lacks, moved
from broadcast.delivery.updates import Span, Update
from broadcast.types import NEVER_WRITTEN, Cursor

AT_5 = {"a": Cursor("e", 5), "b": Cursor("e", 5)}

# what to do with an update


@pytest.mark.parametrize(("start", "end"), [(4, 5), (0, 5), (1, 2), (0, 0)])
def test_what_it_has_already_is_dropped(start, end):
    assert judge(AT_5, [Span("a", "e", start, end)]) is Verdict.DROP


def test_an_update_that_starts_at_the_position_is_forwarded():
    assert judge(AT_5, [Span("a", "e", 5, 7)]) is Verdict.FORWARD


@pytest.mark.parametrize(
    "span",
    [
        Span("a", "e", 6, 7),
        Span("a", "e", 4, 6),
        Span("a", "other", 5, 7),
        Span("a", "other", 0, 1),
        Span("a", "e", 5, 7, reset=True),
        Span("a", "e", 4, 5, reset=True),
        Span("a", "new", 0, 1, reset=True),
    ],
    ids=["a gap", "an overlap", "another epoch", "a new history", "a reset ahead", "a reset behind", "a new epoch"],
)
def test_anything_else_is_answered_from_the_store(span):
    assert judge(AT_5, [span]) is Verdict.CATCH_UP


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (Span("b", "e", 5, 6), Verdict.FORWARD),
        (Span("b", "e", 4, 5), Verdict.CATCH_UP),
        (Span("b", "e", 7, 8), Verdict.CATCH_UP),
        (Span("b", "other", 5, 6), Verdict.CATCH_UP),
    ],
    ids=["both continue", "one is known", "one leaves a gap", "one is of another epoch"],
)
def test_an_update_is_passed_on_only_whole(other, verdict):
    assert judge(AT_5, [Span("a", "e", 5, 6), other]) is verdict


def test_an_update_of_nothing_new_is_dropped_whole():
    assert judge(AT_5, [Span("a", "e", 1, 2), Span("b", "e", 4, 5)]) is Verdict.DROP
    assert judge(AT_5, []) is Verdict.DROP


@pytest.mark.parametrize("position", [{}, {"a": NEVER_WRITTEN}])
def test_the_first_change_of_a_keyspace_is_forwarded(position):
    assert judge(position, [Span("a", "e", 0, 1, reset=True)]) is Verdict.FORWARD
    assert judge(position, [Span("a", "e", 0, 1)]) is Verdict.CATCH_UP


def test_moving_creates_a_new_position():
    position = moved(AT_5, [Span("a", "e", 5, 9), Span("b", "new", 0, 2, reset=True)])
    assert position == {"a": Cursor("e", 9), "b": Cursor("new", 2)}
    assert AT_5["a"] == Cursor("e", 5)


# one update and all browsers

SPANS = st.lists(
    st.builds(Span, st.sampled_from("ab"), st.sampled_from("ef"), st.integers(0, 4), st.integers(0, 4), st.booleans()),
    max_size=3,
)
POSITIONS = st.dictionaries(st.sampled_from("ab"), st.builds(Cursor, st.sampled_from(["e", "f"]), st.integers(0, 4)))


@given(SPANS, st.lists(POSITIONS, max_size=6))
def test_a_shared_decision_equals_a_single_one(spans, positions):
    delivery = Delivery([Update("{}", spans, 2)], 1)
    for position in [*positions, *positions]:
        decision = delivery.decide_at(position)
        assert (decision.verdict, decision.position) == (judge(position, spans), moved(position, spans))


def test_browsers_at_equal_positions_share_the_next_one():
    delivery = Delivery([Update("{}", [Span("a", "e", 5, 7)], 2)], 1)
    first, second = delivery.decide_at(dict(AT_5)), delivery.decide_at(dict(AT_5))
    assert first.position is second.position


def test_a_released_position_is_not_confused_with_a_new_one():
    delivery = Delivery([Update("{}", [Span("a", "e", 5, 7)], 2)], 1)
    for revision in range(50):  # each may have the memory address of the last one
        position = {"a": Cursor("e", revision)}
        assert delivery.decide_at(position).verdict is judge(position, delivery.updates[0].spans)


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
    ids=["the same", "read before the last update", "more", "a new epoch", "forgotten"],
)
def test_it_lacks_what_the_store_has_and_it_was_not_sent(head, expected):
    assert lacks(AT_5, {"a": head}) is expected


def test_a_keyspace_it_was_never_sent_is_one_it_lacks():
    assert lacks({}, {"a": Cursor("e", 1)})
    assert not lacks({}, {"a": NEVER_WRITTEN})
