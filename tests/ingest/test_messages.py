"""The three forms of a producer's message, and the errors of others."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.errors import BatchTooLarge, InvalidJSON, InvalidMessage, MessageTooLarge, StickyboardError
from producers_api.messages import MAX_SEQ, Message, read_message, read_messages, seq_of

EVENT = b'{"type":"t","n":1}'


def read(body: bytes, max_bytes: int = 1000, max_events: int = 5) -> Message:
    return read_message(body, max_bytes, max_events)


def events_of(body: bytes) -> list[bytes]:
    return [bytes(event) for event in read(body).events]


# the three forms


def test_an_event_alone_is_a_message():
    assert read(EVENT).seq == 0
    assert events_of(EVENT) == [EVENT]


def test_an_array_bears_its_events_as_they_came():
    assert events_of(b'[ {"type":"t" , "n":1.50} ,17,{}]') == [b'{"type":"t" , "n":1.50}', b"17", b"{}"]
    assert read(b"[]") == Message(0, [])


def test_an_array_of_numbered_batches_is_several_messages():
    body = b' [{"seq":41,"events":[%b]}, {"events":[%b,%b],"seq":42}]' % (EVENT, EVENT, EVENT)
    assert [(each.seq, len(each.events)) for each in read_messages(body, 1000, 5)] == [(41, 1), (42, 2)]
    with pytest.raises(BatchTooLarge):
        read_messages(body, 1000, 2)
    with pytest.raises(InvalidMessage, match="seq"):
        read_messages(b'[{"seq":0,"events":[]}]', 1000, 2)


@pytest.mark.parametrize("body", [EVENT, b"[]", b'[{"type":"t","seq":1}]', b'[{"type":"t","seq":1,"events":[1]}]'])
def test_any_other_text_is_one_message(body: bytes):
    assert read_messages(body, 1000, 5) == [read(body)]


def test_a_numbered_batch_bears_its_number():
    message = read(b'{"seq":41,"events":[%b,%b]}' % (EVENT, EVENT))
    assert (message.seq, [bytes(event) for event in message.events]) == (41, [EVENT, EVENT])


@pytest.mark.parametrize("space", [b" ", b"\n", b"\t", b"\r\n  "])
def test_white_space_around_a_message_says_nothing(space):
    assert len(read(space + b"[%b]" % EVENT + space).events) == 1
    assert len(read(space + EVENT + space).events) == 1


def test_an_event_may_have_a_field_called_events_or_seq():
    for body in (b'{"type":"t","events":[1,2]}', b'{"type":"t","seq":5}', b'{"type":"t","seq":5,"events":3}'):
        assert (read(body).seq, events_of(body)) == (0, [body])


@pytest.mark.parametrize("seq", [1, MAX_SEQ])
def test_a_number_may_be_as_great_as_every_reader_can_hold(seq):
    assert read(b'{"seq":%d,"events":[]}' % seq).seq == seq


def test_events_are_not_looked_into_yet():
    assert events_of(b'[{"type":5},{"type":"t","type":"t"}]') == [b'{"type":5}', b'{"type":"t","type":"t"}']


# what is refused


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"17", "Expected `object`, got `int`"),
        (b'"x"', "Expected `object`, got `str`"),
        (b"null", "Expected `object`, got `null`"),
        (b'{"events":[]}', "missing required field `seq`"),
        (b'{"seq":1,"events":3}', "Expected `array`, got `int` - at `$.events`"),
        (b'{"seq":"1","events":[]}', "Expected `int`, got `str` - at `$.seq`"),
        (b'{"seq":1,"events":[],"more":2}', "unknown field `more`"),
    ],
)
def test_another_form_is_refused_with_what_it_may_be(body, said):
    with pytest.raises(InvalidMessage) as refused:
        read(body)
    assert str(refused.value).startswith("expected an event, an array of events or a numbered batch: ")
    assert said in str(refused.value)


@pytest.mark.parametrize("seq", [0, -1, MAX_SEQ + 1])
def test_a_number_outside_its_range_is_refused_by_its_path(seq):
    with pytest.raises(InvalidMessage, match=rf"{seq} at \$\.seq"):
        read(b'{"seq":%d,"events":[]}' % seq)


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"[1", b"[NaN]", b'{"a":1}x', b'{"\xff":1}', b"\xef\xbb\xbf{"])
def test_what_is_not_json_is_refused(body):
    with pytest.raises(InvalidJSON):
        read(body)


def test_a_message_may_be_as_large_as_the_limit():
    assert read(EVENT, max_bytes=len(EVENT)).events
    with pytest.raises(MessageTooLarge) as refused:
        read(EVENT, max_bytes=len(EVENT) - 1)
    assert f"{len(EVENT)} bytes; the limit is {len(EVENT) - 1}" in str(refused.value)


@pytest.mark.parametrize("form", [b"[%b]", b'{"seq":1,"events":[%b]}'])
def test_a_message_may_have_as_many_events_as_the_limit(form):
    assert len(read(form % b",".join([EVENT] * 5)).events) == 5
    with pytest.raises(BatchTooLarge) as refused:
        read(form % b",".join([EVENT] * 6))
    assert "6 events; the limit is 5" in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.sampled_from(["seq", "events", "type"]), inner),
)


@given(st.binary(max_size=60) | JSON.map(msgspec.json.encode) | st.text().map(str.encode))
def test_no_bytes_raise_anything_but_a_refusal(body):
    try:
        message = read(body)
    except StickyboardError as refused:
        assert str(refused)
    else:
        assert 0 <= message.seq <= MAX_SEQ
        assert len(message.events) <= 5
    assert seq_of(body) is None or isinstance(seq_of(body), int)


@given(st.lists(JSON, max_size=5))
def test_no_event_is_lost_or_changed_on_its_way(events):
    for body in (events, {"seq": 1, "events": events}):
        raw = read(json.dumps(body).encode(), max_bytes=10**6).events
        assert [json.loads(bytes(event)) for event in raw] == events


# the number of a refused message


@pytest.mark.parametrize(
    ("body", "seq"),
    [
        (b'{"seq":41,"events":[{},{}]}', 41),
        (b'{"events":17,"seq":41}', 41),
        (b'{"seq":-4,"events":[]}', -4),
        (b'{"seq":0,"events":[]}', None),
        (b'{"seq":"1","events":[]}', None),
        (b'{"events":[]}', None),
        (b'[{"seq":1}]', None),
        (b'{"seq":41,', None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_a_refused_message_is_identified_by_its_number(body, seq):
    assert seq_of(body) == seq


def test_an_events_own_field_is_no_number_of_a_message():
    assert seq_of(b'{"type":"t","seq":7}') is None
