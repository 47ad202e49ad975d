"""What can be logged, and what happens to the rest."""

import base64
import math
import re
import time
import zlib

import numpy as np
import pytest

from stickyboard.runs.media import confusion, histogram, image, table
from stickyboard.runs.values import MAX_LANE, Media, divide, lane_of, media_lane, metric_event, number_of


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1),
        (1.5, 1.5),
        (True, 1),
        (np.bool_(False), 0),
        (2**70, float(2**70)),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.array(2.5), 2.5),
        ("1", None),
        (None, None),
        ([1], None),
        (np.array([1.0]), None),
        (1j, None),
    ],
)
def test_it_accepts_scalars_and_arrays_without_dimensions(value: object, number: float | None):
    found = number_of(value)
    assert found == number
    assert not isinstance(found, bool), "a board refuses a whole step in which a number is true"


def test_a_number_that_json_lacks_is_named():
    event = metric_event("r", "r/1", 3, {"loss": math.nan, "acc": 0.5, "norm": math.inf, "low": -math.inf})
    assert event["values"] == {"loss": None, "acc": 0.5, "norm": None, "low": None}
    assert event["odd"] == {"loss": "nan", "norm": "inf", "low": "-inf"}


def test_opposite_infinities_are_both_named():
    assert metric_event("r", "l", 0, {"a": math.inf, "b": -math.inf})["odd"] == {"a": "inf", "b": "-inf"}


def test_a_sum_that_overflows_names_nothing():
    event = metric_event("r", "l", 0, {"a": 1.7e308, "b": 1.7e308})
    assert event["values"] == {"a": 1.7e308, "b": 1.7e308}
    assert "odd" not in event


def test_a_lane_depends_on_the_set_of_names():
    assert lane_of("r", ("a", "b")) == lane_of("r", ("b", "a"))
    assert len({lane_of("r", ("a", "b")), lane_of("r", ("ab",)), lane_of("s", ("a", "b"))}) == 3


def test_it_warns_about_what_cannot_be_logged():
    warned: list[str] = []
    values = {"x": object(), "note": "hi", "loss": 1, "n" * 200: 2, "rows": np.zeros((2, 3))}
    numbers, media = divide(values, lambda message, _: warned.append(message))
    assert numbers == {"loss": 1, "n" * 120: 2}
    assert media["note"].fields == {"text": "hi"}
    assert "'x' is of type object" in warned[0]
    assert "120 characters" in warned[1]
    assert "of type numpy.ndarray of the shape (2, 3)" in warned[2]


def test_a_value_without_a_name_is_given_one():
    problems: list[str] = []
    numbers, media = divide({"": 3, "loss": 0.5}, lambda message, kind: problems.append(message))
    assert (numbers, media) == ({"unnamed": 3, "loss": 0.5}, {})
    assert problems == ["a name is ''; its value was logged as 'unnamed'"]
    assert divide({" \t": "text"}, lambda message, kind: problems.append(message))[1].keys() == {"unnamed"}
    assert len(problems) == 2


def test_a_confusion_matrix_fits_its_labels():
    assert confusion(["a", "b"], np.eye(2)).fields["counts"] == [[1, 0], [0, 1]]
    for labels, counts in ((["a"], [[1, 2]]), (["a", "b"], [[1, 2]]), (["a"], [[math.nan]])):
        assert "expected" in confusion(labels, counts).problem


def test_a_histogram_counts_finite_values():
    made = histogram(np.array([[0.0, 1.0], [1.0, math.nan]]), bins=2).fields
    assert made == {"counts": [1, 2], "bins": [0, 0.5, 1]}
    assert sum(histogram([5, 5, 5]).fields["counts"]) == 3
    assert histogram(np.histogram([1, 2, 3], bins=3)).fields["counts"] == [1, 1, 1]


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_an_array_becomes_a_png(shape: tuple[int, ...], kind: type):
    pixels = (np.arange(np.prod(shape)).reshape(shape) % 2).astype(kind)
    assert image(pixels).fields["source"].startswith("iVBORw0KGgo")


@pytest.mark.parametrize("source", [b"GIF89a", np.zeros((2, 2, 2)), np.zeros(3), b"\x89PNG\r\n\x1a\n" + bytes(600_000)])
def test_it_refuses_what_is_no_picture(source: object):
    assert re.search("expected|limit", image(source).problem)


def test_a_table_has_cells_that_json_has():
    rows = table([{"a": np.float64(1), 2: object, "c": math.nan, "d": None}]).fields["rows"]
    assert rows == [{"a": 1.0, "2": "<class 'object'>", "c": "nan", "d": None}]


def test_a_million_numbers_become_a_histogram_at_once():
    values = np.random.default_rng(0).normal(size=1_000_000).astype(np.float32)
    started = time.thread_time()
    made = histogram(values).fields
    assert time.thread_time() - started < 0.5  # in Python, 1.2 s
    assert sum(made["counts"]) == 1_000_000
    assert len(made["bins"]) == 41


def test_lists_and_arrays_become_the_same():
    numbers = [[0.5, 2.0], [3.0, math.inf]]
    assert histogram(numbers, bins=5).fields == histogram(np.array(numbers), bins=5).fields
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert unpacked(image(pixels.tolist())) == unpacked(image(pixels))


def unpacked(media: Media) -> bytes:
    """Return the lines of a picture's only IDAT chunk."""
    data = base64.b64decode(media.fields["source"])
    start = data.index(b"IDAT") + 4
    return zlib.decompressobj().decompress(data[start:])


def test_long_names_have_lanes_of_their_own():
    lanes = {media_lane("r" * 120, "n" * 100 + end) for end in "ab"}
    assert len(lanes) == 2
    assert all(len(lane) <= MAX_LANE for lane in lanes)
