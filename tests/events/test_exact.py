"""Numbers that browsers cannot hold: refused wherever a value comes in, with the path and the fix."""

import json

import pytest
from django.core.cache import caches

from broadcast.events.exact_numbers import MAX_WHOLE, inexact_in
from broadcast.events.policies import custom, merge
from broadcast.ops.dump import DumpRefused, dump_lines, read_dump
from broadcast.stores.apply_policies import apply_policies
from broadcast.types import Batch, Cursor, KeyspaceCopy, Stored, Write

SNOWFLAKE = 1234567890123456789


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"id": SNOWFLAKE}, "$.id"),
        ({"id": -SNOWFLAKE}, "$.id"),
        ({"a": [{"b": [0, MAX_WHOLE + 1]}]}, "$.a[0].b[1]"),
        ([MAX_WHOLE + 1], "$[0]"),
        (MAX_WHOLE + 1, "$"),
        ({"id": 10**400}, "$.id"),
    ],
)
def test_a_number_that_browsers_cannot_hold_is_found(value, path):
    assert inexact_in(value, json.dumps(value).encode()).endswith(f" at {path}; send it as a string")


@pytest.mark.parametrize(
    "value",
    [
        MAX_WHOLE,
        -MAX_WHOLE,
        0.12345678901234567,
        1e300,
        9007199254740993.0,
        str(SNOWFLAKE),
        {str(SNOWFLAKE): 1},
        [True],
    ],
)
def test_all_others_are_left_alone(value):
    assert inexact_in(value, json.dumps(value).encode()) == ""


@pytest.mark.parametrize("policy", [custom(lambda previous, event: {"n": event["n"] * 1000}), merge()])
def test_a_policy_cannot_make_one(policy):
    write = Write("", event={"n": 2**52 if policy.name != "merge" else 2**53})
    apply_policies(Batch("t", policy.bounds, [write], policy.decide), {}, lambda _: None)
    assert "send it as a string" in write.failure


@pytest.mark.parametrize("write", ["set", "add"])
def test_the_cache_api_takes_none(write):
    with pytest.raises(ValueError, match=rf"{SNOWFLAKE} at \$\.user\.id"):
        getattr(caches["sticky"], write)("model_metric:gbt", {"user": {"id": SNOWFLAKE}})


def test_a_dump_with_one_is_refused_by_its_line():
    entry = Stored("gbt", "", 1, 1.0, None, json.dumps({"id": SNOWFLAKE}))
    lines = list(dump_lines([KeyspaceCopy("model_metric", Cursor("e", 1), [entry], {})], 1.0))
    with pytest.raises(DumpRefused, match=rf"line 2: .*got {SNOWFLAKE} at"):
        read_dump(lines)
