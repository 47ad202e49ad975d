"""What a browser sends has one of three forms, and nothing in it but two digests and a name is used."""

import json

import pytest

from broadcast.close_codes import PROTOCOL, TOO_FAST, Closed
from broadcast.delivery.browser_messages import Ack, Mismatch, Pace, read_message
from broadcast.delivery.flow_control import FlowControl

NAMES = ("laned", "pace")


def mismatch(**changes: object) -> str:
    return json.dumps({"op": "mismatch", "type": "laned", "expected": "0000000a", "found": "9f2c0001", **changes})


@pytest.fixture
def flow() -> FlowControl:
    return FlowControl(NAMES, 60, 100_000)


def test_it_reads_each_form():
    assert read_message('{"op":"ack","updates":3,"later":"ignored"}') == Ack(3)
    assert read_message('{"max_per_s":1,"op":"pace"}') == Pace(1.0)
    assert read_message('{"op":"pace","max_per_s":null}') == Pace(None)
    assert read_message(mismatch(later="ignored")) == Mismatch("laned", "0000000a", "9f2c0001")


OTHER_FORMS = [
    mismatch(op="ack"),
    mismatch(type=["laned"]),
    mismatch(found="9f2c0001\n"),
    mismatch(found="9F2C0001"),
    mismatch(expected="0" * 9),
    mismatch(expected=7),
    mismatch(padding="x" * 1000),
    '{"op":"mismatch"}',
    '{"op":"resume","cursor":{}}',
    '{"op":"ack","updates":"3"}',
    *(
        f'{{"op":"pace","max_per_s":{rate}}}'
        for rate in ("0", "-1", "0.001", "60.5", "1e999", "true", '"1"', "[]", "NaN")
    ),
    '{"op":"pace","max_per_s":1' + " " * 1000 + "}",
    '{"op":"pace"}',
    '{"updates":3}',
    "[" * 900,
    "",
]


@pytest.mark.parametrize("text", OTHER_FORMS, ids=lambda text: ascii(text)[:50])
def test_another_form_is_none(text):
    assert read_message(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '"ack"'),
        (mismatch(type="other"), '"ack"'),
        ('{"op":"ack","updates":1}', '"ack"'),  # of none that was sent
        ('{"op":"pace","max_per_s":0}', "0.01 to 60"),
    ],
)
def test_another_form_closes_the_socket_with_the_expected_one(flow, text, expected):
    with pytest.raises(Closed) as closed:
        flow.take(text, 0.0)
    assert closed.value.code == PROTOCOL
    assert expected in closed.value.reason


def test_only_the_first_mismatch_is_reported(flow):
    assert flow.take(mismatch(type="pace"), 0.0) == Mismatch("pace", "0000000a", "9f2c0001")
    assert flow.take(mismatch(), 0.0) is None


def test_a_flood_is_closed_and_a_pace_counts_for_many(flow):
    for _ in range(10):
        flow.take('{"op":"pace","max_per_s":1}', 5.9)
    with pytest.raises(Closed) as closed:
        flow.take('{"op":"ack","updates":0}', 5.9)
    assert closed.value.code == TOO_FAST
    flow.take('{"op":"ack","updates":0}', 6.0)  # the next second


def test_it_is_silent_from_the_heartbeat_that_found_it_shut(flow):
    assert flow.silent_s(10.0, is_sending=True) == 0
    assert flow.silent_s(25.0, is_sending=True) == 15
    flow.record_sent(10, 25.0)
    flow.take('{"op":"ack","updates":1}', 26.0)
    assert flow.silent_s(40.0, is_sending=True) == 0
    assert flow.silent_s(55.0, is_sending=False) == 0
