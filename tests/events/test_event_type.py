"""One line of the table: each thing that would go wrong at the first event is a sentence."""

from typing import Annotated

import msgspec
import pytest

from broadcast.events.event_type import EventType
from broadcast.events.policies import counter, last_value, latest, newest, ring

Positive = Annotated[int, msgspec.Meta(gt=0)]


class Metric(msgspec.Struct):
    model: str
    window: int
    rank: Positive
    score: float
    either: int | str
    note: str = ""
    host_id: str = msgspec.field(default="", name="hostId")


def problems(policy=None, name="metric", schema=Metric, **more) -> list[str]:
    return list(EventType(name, schema, policy or latest(), title="Metric", **more).problems())


@pytest.mark.parametrize("policy", [last_value("model"), ring(1, lane="window"), counter("score", "rank"), latest()])
def test_a_good_line_has_no_problems(policy):
    assert problems(policy) == []


@pytest.mark.parametrize("name", ["", "9a", "live-detection", "Metric", "a b", 'a"b', "a:b", "a,b"])
def test_a_name_that_cannot_stand_in_a_cursor_is_none(name):
    assert problems(name=name) == [
        f'"{name}" is not a valid name; use lower-case letters, digits and underscores, a letter first'
    ]


@pytest.mark.parametrize("name", ["_probe", "_"])
def test_a_name_of_the_stores_own_is_none(name):
    assert problems(name=name)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (last_value("model", max_keys=0), "max_keys is 0"),
        (last_value("model", max_keys=-1), "max_keys is -1"),
        (ring(0), "per_lane is 0"),
        (ring(3, lane="model", max_lanes=0), "max_lanes is 0"),
        (latest(ttl_s=0), "ttl_s is 0"),
        (latest(ttl_s=-0.5), "ttl_s is -0.5"),
    ],
)
def test_a_bound_must_leave_something(policy, said):
    assert problems(policy) == [f"metric: {said}; expected a number above 0"]


@pytest.mark.parametrize("stale_after_s", [0, -1, float("nan")])
def test_a_value_must_be_fresh_for_a_while(stale_after_s):
    assert problems(stale_after_s=stale_after_s) == [
        f"metric: stale_after_s is {stale_after_s}; expected a number above 0, or None"
    ]
    assert problems(stale_after_s=None) == []


@pytest.mark.parametrize("policy", [last_value("modle"), ring(3, lane="modle"), counter("modle"), newest("modle")])
def test_a_field_that_the_policy_needs_must_be_there(policy):
    assert problems(policy) == ['metric: its policy needs "modle", which Metric does not have']


@pytest.mark.parametrize("policy", [last_value("note"), ring(3, lane="note"), newest("note")])
def test_a_field_that_the_policy_needs_must_be_required(policy):
    assert problems(policy) == ['metric: "note" must be required (no default), because the policy needs it']


@pytest.mark.parametrize("field", ["score", "either"])
def test_a_key_must_be_of_a_type_that_makes_one_text(field):
    said = [f'metric: "{field}" is part of the key and must be str or int']
    assert problems(last_value(field)) == said
    assert problems(ring(3, lane=field)) == said


def test_a_field_that_is_only_read_may_be_of_any_type():
    assert problems(newest("score", "model")) == []


def test_fields_go_by_their_name_on_the_wire():
    kind = EventType("metric", Metric, latest(), title="Metric")
    assert "hostId" in kind.fields
    assert "host_id" not in kind.fields
    assert problems(last_value("host_id")) == ['metric: its policy needs "host_id", which Metric does not have']


def test_all_problems_of_a_line_are_reported_at_once():
    assert len(problems(last_value("score", "modle", max_keys=0), name="Bad")) == 4
