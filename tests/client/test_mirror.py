"""The Python mirror follows docs/reference/protocol.md."""

import pytest

from stickyboard.mirror import Gap, Mirror
from tests.support.updates import section, update


def mirror_with(*sections, **options) -> Mirror:
    mirror = Mirror(**options)
    mirror.apply(update(*sections))
    return mirror


AT_TWO = section("m", 0, 2, ("a", 1, 1), ("b", 2, 2), reset=True)


def test_a_section_that_continues_is_applied():
    mirror = mirror_with(AT_TWO)
    assert mirror.apply(update(section("m", 2, 4, ("a", 3, 5), ("b", 4, None)))) == {"m"}
    assert mirror.values("m") == {"a": 5}
    assert mirror.cursor == "m:e:4"
    assert mirror.copies["m"].times == {"a": 1.0}


def test_a_known_section_is_ignored_or_a_gap_if_strict():
    known = update(section("m", 0, 2, ("a", 1, 9)))
    mirror = mirror_with(AT_TWO)
    assert mirror.apply(known) == set()
    assert mirror.values("m") == {"a": 1, "b": 2}
    with pytest.raises(Gap):
        mirror_with(AT_TWO, is_strict=True).apply(known)


@pytest.mark.parametrize("received", [section("m", 3, 4, ("a", 4, 9)), section("m", 2, 3, ("a", 3, 9), epoch="f")])
def test_a_section_that_leaves_a_gap_changes_nothing(received):
    mirror = mirror_with(AT_TWO)
    before = mirror.contents()
    with pytest.raises(Gap, match="m: at e:2, got"):
        mirror.apply(update(received))
    assert mirror.contents() == before


def test_a_gap_in_an_unknown_type_leaves_it_unknown():
    mirror = Mirror()
    with pytest.raises(Gap):
        mirror.apply(update(section("m", 3, 4)))
    assert mirror.cursor == ""


def test_a_reset_starts_over():
    mirror = mirror_with(AT_TWO)
    mirror.apply(update(section("m", 0, 1, ("c", 1, 3), reset=True, epoch="f")))
    assert mirror.contents() == {"m": (("f", 1), {"c": ("", 1, 3)})}


def test_floors_go_before_entries():
    mirror = mirror_with(AT_TWO)
    mirror.apply(update(section("m", 2, 3, ("a", 3, 7), floors={"": 2})))
    assert mirror.values("m") == {"a": 7}
