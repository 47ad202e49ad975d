"""A misspelt optional field is stored like any other, and named in the log once."""

import msgspec
import pytest

from broadcast.events.event_type import EventType
from broadcast.events.misspelt import MAX_CHARACTERS, MAX_COMPARISONS, MAX_LINES, MAX_NAMES, MisspeltFields
from broadcast.events.policies import last_value
from broadcast.events.validation import Validator


class Score(msgspec.Struct):
    model: str
    score: float
    score_interval: tuple[float, float] | None = None
    rows: int = msgspec.field(name="rowCount", default=0)


class Plain(msgspec.Struct):
    model: str


KINDS = {
    "score": EventType("score", Score, last_value("model")),
    "plain": EventType("plain", Plain, last_value("model")),
}
SCORE = {"type": "score", "model": "gbt", "score": 0.5}


@pytest.fixture
def check():
    validator = Validator(KINDS, 65_536, 200, MisspeltFields())
    return lambda event: validator.check(msgspec.json.encode(event))[1]


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({"score_intervall": [0, 1]}, "score_interval"),
        ({"scoer_interval": [0, 1]}, "score_interval"),
        ({"row_count": 3}, "rowCount"),
    ],
)
def test_it_names_the_field_that_may_be_meant_once(check, caplog, fields, meant):
    for _ in range(3):
        stored = msgspec.json.decode(check({**SCORE, **fields}).value)
    assert stored == {**SCORE, **fields}
    (name,) = fields
    assert caplog.messages == [
        f'event type score has no field "{name}", which is stored as it was sent; did you mean "{meant}"?'
    ]


@pytest.mark.parametrize(
    "event",
    [
        {**SCORE, "score_interval": [0, 1], "rowCount": 3},
        {**SCORE, "note": "of the night"},
        {**SCORE, "score_interval": [0, 1], "score_interval_2": [0, 1]},  # the similar one is there too
        {"type": "plain", "model": "gbt", "modell": "gbt"},  # no optional field
    ],
)
def test_it_logs_nothing_about_other_fields(check, caplog, event):
    check(event)
    assert not caplog.messages


@pytest.mark.parametrize(("characters", "lines"), [(MAX_CHARACTERS, 1), (MAX_CHARACTERS + 1, 0)])
def test_a_long_name_is_neither_compared_nor_remembered(caplog, characters, lines):
    kind = EventType("score", msgspec.defstruct("Any", [("n" * 70, int, 0)]), last_value("model"))
    MisspeltFields().look(kind, {"n" * characters: 1})
    assert len(caplog.messages) == lines


def test_a_name_is_escaped(check, caplog):
    check({**SCORE, "score_interval\n": 1})
    assert r'"score_interval\n"' in caplog.text


def test_two_event_types_may_have_one_schema(caplog):
    misspelt = MisspeltFields()
    for name in ("train", "test"):
        misspelt.look(EventType(name, Score, last_value("model")), {"score_intervall": 1})
    assert [message.split()[2] for message in caplog.messages] == ["train", "test"]


def test_the_comparisons_of_an_event_type_are_bounded(caplog):
    optional = [f"validation_loss_{n:02d}" for n in range(MAX_NAMES // 2)]
    kind = EventType("loss", msgspec.defstruct("Any", [(name, float, 0.0) for name in optional]), last_value("model"))
    MisspeltFields().look(kind, {f"validation_loss_{n}_": 1 for n in range(MAX_NAMES)})
    assert len(caplog.messages) == MAX_COMPARISONS // len(optional)


def test_a_hostile_producer_gets_a_bounded_number_of_lines(caplog):
    misspelt = MisspeltFields()
    kinds = [
        EventType(f"score_{n}", msgspec.defstruct("Any", [("interval", int, 0)]), last_value("model"))
        for n in range(2 * MAX_LINES // MAX_NAMES)
    ]
    for kind in kinds:
        for number in range(2 * MAX_NAMES):
            misspelt.look(kind, {f"interval{number}": 1})
        assert sum(f" {kind.name} " in line for line in caplog.messages) <= MAX_NAMES
    assert len(caplog.messages) == MAX_LINES
