"""The outbox of a producer: numbers, batches, resending, errors; and the backoff and the encoding of events."""

import math
from typing import Any

import numpy as np
import pytest

from stickyboard.connection import Backoff
from stickyboard.encoding import MAX_EVENT_BYTES, encode_event
from stickyboard.errors import ProtocolRefused, TokenRefused
from stickyboard.outbox import MAX_IN_FLIGHT, Outbox
from stickyboard.receipts import Counts
from tests.support.outbox_messages import reply, sent


def make_outbox(**options: Any) -> Outbox:
    return Outbox(**{"max_events": 5_000, "max_bytes": 8 * 1024 * 1024, **options})


def put(outbox: Outbox, *numbers: int) -> list[Any]:
    return [outbox.put(encode_event({"type": "t", "n": n}), "train.py:41") for n in numbers]


def refuse_temporarily(outbox: Outbox, seq: int) -> None:
    outbox.take_reply(reply("error", seq, code="store_unavailable", message="full", retry=True))


def test_waiting_events_share_one_numbered_message() -> None:
    outbox = make_outbox()
    put(outbox, 1, 2, 3)
    assert sent(outbox) == [(1, [1, 2, 3])]


def test_numbers_increase_by_one() -> None:
    outbox = make_outbox()
    put(outbox, 1)
    first = sent(outbox)
    put(outbox, 2)
    assert first + sent(outbox) == [(1, [1]), (2, [2])]


def test_a_message_has_at_most_500_events() -> None:
    outbox = make_outbox()
    put(outbox, *range(501))
    assert [len(numbers) for _, numbers in sent(outbox)] == [500, 1]


def test_a_message_has_at_most_512_kib_or_one_event() -> None:
    outbox = make_outbox()
    for size in (300_000, 300_000, 700_000, 10):
        outbox.put(encode_event({"type": "t", "n": size, "pad": "x" * size}))
    assert [numbers for _, numbers in sent(outbox)] == [[300_000], [300_000], [700_000], [10]]


def test_messages_in_flight_are_bounded() -> None:
    outbox = make_outbox(max_events=10_000)
    put(outbox, *range(9_000))
    assert [seq for seq, _ in sent(outbox)] == [*range(1, MAX_IN_FLIGHT + 1)]
    outbox.take_reply(reply("ack", 1))
    assert [seq for seq, _ in sent(outbox)] == [MAX_IN_FLIGHT + 1]


def test_rewind_sends_messages_again_in_order() -> None:
    outbox = make_outbox()
    for number in (1, 2, 3):
        put(outbox, number)
        sent(outbox)
    outbox.take_reply(reply("ack", 2))
    put(outbox, 4)
    outbox.rewind()
    assert sent(outbox) == [(1, [1]), (3, [3]), (4, [4])]


def test_an_ack_after_a_rewind_prevents_resending() -> None:
    outbox = make_outbox()
    put(outbox, 1)
    sent(outbox)
    outbox.rewind()
    outbox.take_reply(reply("ack", 1))
    assert sent(outbox) == []


def test_an_ack_settles_each_event_of_its_message_once() -> None:
    outbox = make_outbox()
    receipts = put(outbox, 1, 2)
    sent(outbox)
    assert outbox.take_reply(reply("ack", 1, accepted=2)) == receipts
    assert outbox.take_reply(reply("ack", 1, accepted=2)) == []
    assert all(receipt.is_done and receipt.error is None and receipt.seq == 1 for receipt in receipts)
    assert len(outbox) == 0


def test_an_invalid_event_does_not_affect_its_neighbours() -> None:
    outbox = make_outbox()
    receipts = put(outbox, 1, 2, 3)
    sent(outbox)
    error = reply("error", 1, code="invalid_event", message="expected float at $.macro_f1", index=1, retry=False)
    assert outbox.take_reply(error) == []
    outbox.take_reply(reply("ack", 1, accepted=2))
    assert [receipt.error is None for receipt in receipts] == [True, False, True]
    assert receipts[1].error.code == "invalid_event"
    assert receipts[1].error.event == {"type": "t", "n": 2}
    assert receipts[1].error.path == "$.macro_f1"
    assert str(receipts[1].error) == (
        "t was rejected (invalid_event): expected float at $.macro_f1; "
        "send the fields that the server's page /docs/events/ lists, with the types given there; "
        "published at train.py:41"
    )
    assert outbox.counts == Counts(published=3, acknowledged=2, rejected=1)


def test_a_repeated_error_counts_once() -> None:
    outbox = make_outbox()
    receipts = put(outbox, 1)
    for _ in range(2):
        outbox.rewind()
        assert sent(outbox) == [(1, [1])]
        outbox.take_reply(reply("error", 1, code="invalid_event", message="bad", index=0, retry=False))
    assert outbox.take_reply(reply("ack", 1, accepted=0)) == receipts


def test_a_permanently_refused_message_rejects_its_events() -> None:
    outbox = make_outbox()
    receipts = put(outbox, 1, 2)
    sent(outbox)
    settled = outbox.take_reply(reply("error", 1, code="invalid_message", message="no events", retry=False))
    assert settled == receipts
    assert {receipt.error.code for receipt in receipts} == {"invalid_message"}


@pytest.mark.parametrize(
    "code", ["store_unusable", "store_unavailable", "accounts_unavailable", "batch_too_large", "message_too_large"]
)
def test_a_repairable_error_rejects_no_event(code: str) -> None:
    outbox = make_outbox()
    receipts = put(outbox, 1, 2)
    sent(outbox)
    assert outbox.take_reply(reply("error", 1, code=code, message="no", retry=False)) == []
    assert outbox.pause_reason == f"{code}: no"
    outbox.rewind()
    assert sent(outbox) == [(1, [1, 2])]
    assert outbox.take_reply(reply("ack", 1, accepted=2)) == receipts
    assert [receipt.error for receipt in receipts] == [None, None]


def test_an_unknown_error_raises_and_rejects_no_event() -> None:
    outbox = make_outbox()
    receipts = put(outbox, 1)
    sent(outbox)
    with pytest.raises(ProtocolRefused, match="on_strike"):
        outbox.take_reply(reply("error", 1, code="on_strike", message="not today", retry=False))
    assert outbox.unsettled() == receipts


def test_nothing_overtakes_a_temporarily_refused_message() -> None:
    outbox = make_outbox()
    put(outbox, 1)
    sent(outbox)
    put(outbox, 2)
    sent(outbox)
    refuse_temporarily(outbox, 1)
    put(outbox, 3)
    assert outbox.is_paused
    assert sent(outbox) == []
    outbox.rewind()
    assert sent(outbox) == [(1, [1]), (2, [2]), (3, [3])]


def test_a_late_error_of_a_settled_message_has_no_effect() -> None:
    outbox = make_outbox()
    put(outbox, 1)
    sent(outbox)
    outbox.take_reply(reply("ack", 1))
    refuse_temporarily(outbox, 1)
    assert not outbox.is_paused


def test_room_is_freed_by_the_ack() -> None:
    outbox = make_outbox(max_events=2)
    put(outbox, 1, 2)
    sent(outbox)
    assert not outbox.has_room(10)
    outbox.take_reply(reply("ack", 1))
    assert outbox.has_room(10)


def test_room_is_limited_in_bytes_except_for_one_event() -> None:
    outbox = make_outbox(max_bytes=30)
    assert outbox.has_room(1_000)
    put(outbox, 1)
    assert not outbox.has_room(30)


@pytest.mark.parametrize("text", [b"<html>", b"[]", b'{"seq":1}', b'{"op":"ack","seq":"1"}', b"\xff"])
def test_an_invalid_text_raises(text: bytes) -> None:
    with pytest.raises(ProtocolRefused):
        make_outbox().take_reply(text)


def test_an_error_without_a_message_number_raises() -> None:
    with pytest.raises(ProtocolRefused, match="invalid_message"):
        make_outbox().take_reply(reply("error", None, code="invalid_message", message="?", retry=False))


def test_a_refused_token_raises_the_servers_message() -> None:
    with pytest.raises(TokenRefused, match="make a token with"):
        make_outbox().take_reply(
            b'{"op":"error","code":"not_authorised","message":"make a token with: x","retry":false}'
        )


def test_unknown_replies_are_ignored() -> None:
    assert make_outbox().take_reply(b'{"op":"hello","protocol":2}') == []


def test_unsettled_receipts_are_oldest_first() -> None:
    outbox = make_outbox()
    receipts = put(outbox, 1)
    sent(outbox)
    receipts += put(outbox, 2)
    sent(outbox)
    receipts += put(outbox, 3)
    assert outbox.unsettled() == receipts
    outbox.take_reply(reply("ack", 1))
    assert outbox.unsettled() == receipts[1:]


def test_dropping_removes_the_oldest_unsent_event() -> None:
    outbox = make_outbox(max_events=4, may_drop=True)
    receipts = put(outbox, 1, 2, 3, 4)
    assert sent(outbox) == [(1, [1, 2])]  # half of the buffer is reserved for waiting events
    assert outbox.drop_for(10) == [receipts[2]]
    put(outbox, 5)
    outbox.take_reply(reply("ack", 1))
    assert sent(outbox) == [(2, [4, 5])]
    assert receipts[2].is_done
    assert receipts[2].is_dropped
    assert str(receipts[2].error).startswith("dropped: the buffer of 4 events")
    assert outbox.counts == Counts(published=5, acknowledged=2, dropped=1)


def test_dropping_makes_room_for_the_bytes_of_a_large_event() -> None:
    outbox = make_outbox(max_bytes=100, may_drop=True)
    receipts = put(outbox, 1, 2, 3, 4)
    assert outbox.drop_for(60) == receipts[:2]


def test_a_sent_event_is_never_dropped() -> None:
    outbox = make_outbox(max_events=1, may_drop=True)
    put(outbox, 1)
    assert sent(outbox) == [(1, [1])]
    assert outbox.drop_for(10) == []
    assert outbox.refuse(b"{}").is_dropped
    assert outbox.counts == Counts(published=2, dropped=1)


def test_backoff_doubles_up_to_its_cap_until_reset() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next_s() for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    backoff.reset()
    assert backoff.next_s() == 0.2


def test_backoff_has_full_jitter() -> None:
    assert Backoff(lambda: 0.0).next_s() == 0.0


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"macro_f1": math.nan}, r"nan at \$\.macro_f1$"),
        ({"ci": [0.1, math.inf]}, r"inf at \$\.ci\[1\]$"),
        ({"by": {"gbt": -math.inf}}, r"-inf at \$\.by\.gbt$"),
        ({"points": np.array([[0.0, 1.0], [np.nan, 2.0]])}, r"nan at \$\.points\[1\]\[0\]$"),
        ({"note": None, "score": np.float32("nan")}, r"nan at \$\.score$"),
    ],
)
def test_a_number_that_is_not_finite_raises_its_path(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(ValueError, match=path):
        encode_event({"type": "t", **fields})


def test_null_and_numpy_values_are_encoded() -> None:
    event = {"type": "t", "a": None, "b": np.float32(0.5), "c": np.int64(3), "d": np.array([1.0, 2.0])}
    assert encode_event(event) == b'{"type":"t","a":null,"b":0.5,"c":3,"d":[1.0,2.0]}'


def test_an_object_without_a_json_form_raises() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        encode_event({"type": "t", "thing": object()})


def test_an_event_larger_than_a_message_raises() -> None:
    with pytest.raises(ValueError, match=str(MAX_EVENT_BYTES)):
        encode_event({"type": "t", "pad": "x" * MAX_EVENT_BYTES})
