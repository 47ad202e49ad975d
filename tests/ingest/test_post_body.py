"""A POST's body is read by its headers: gzip within bounds, NDJSON line by line, CloudEvents by their data."""

import gzip
import json

import pytest
from django.test import AsyncRequestFactory

from broadcast.conf import settings
from broadcast.errors import BatchTooLarge, InvalidJSON, InvalidMessage, MessageTooLarge, UnsupportedEncoding
from producers_api import views
from producers_api.middleware import SENDER
from producers_api.post_body import CLOUD_EVENT, CLOUD_EVENTS, message_in, unpacked
from tests.support.ingesting import ANYTHING

LIMIT = 1000
FORM = "application/x-www-form-urlencoded"


def read(body, kind="", seq=0, max_events=10):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return message_in(data, kind, seq, LIMIT, max_events)


def events(message) -> list:
    return [json.loads(bytes(raw)) for raw in message.events]


# gzip


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_is_unpacked(encoding):
    assert unpacked(gzip.compress(b"hello"), encoding, LIMIT) == b"hello"


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_what_is_not_packed_stays_as_it_is(encoding):
    assert unpacked(b"hello", encoding, LIMIT) == b"hello"


def test_a_file_of_several_members_is_unpacked_whole():
    assert unpacked(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", LIMIT) == b"one two"


def test_a_body_may_be_as_large_as_the_limit():
    assert len(unpacked(gzip.compress(b"x" * LIMIT), "gzip", LIMIT)) == LIMIT
    with pytest.raises(MessageTooLarge):
        unpacked(gzip.compress(b"x" * (LIMIT + 1)), "gzip", LIMIT)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 60_000
    with pytest.raises(MessageTooLarge) as refused:
        unpacked(bomb, "gzip", LIMIT)
    assert f"is {LIMIT + 1} bytes" in str(refused.value)  # no more than that was made of it


def test_many_members_share_one_limit():
    with pytest.raises(MessageTooLarge):
        unpacked(gzip.compress(b"x" * 400) * 3, "gzip", LIMIT)


def test_a_body_of_thousands_of_members_is_refused():
    empty = gzip.compress(b"")
    assert unpacked(empty * 99 + gzip.compress(b"x"), "gzip", LIMIT) == b"x"
    with pytest.raises(InvalidMessage, match="at most 100 members"):
        unpacked(empty * 101, "gzip", LIMIT)


PACKED = gzip.compress(b"hello", mtime=0)  # the same in every test process, as it names the tests


@pytest.mark.parametrize("body", [b"hello", PACKED[:-4], PACKED + b"more"])
def test_what_is_no_gzip_is_refused(body):
    with pytest.raises(InvalidMessage, match="expected a body in gzip"):
        unpacked(body, "gzip", LIMIT)


def test_another_encoding_is_refused_by_its_name():
    with pytest.raises(UnsupportedEncoding, match='gzip or none, got "br"'):
        unpacked(b"hello", "br", LIMIT)


# JSON


@pytest.mark.parametrize("kind", ["text/xml; charset=utf-8", "application/xml"])
def test_a_body_of_another_kind_is_refused_by_its_name(kind):
    with pytest.raises(InvalidJSON, match=rf'^not valid JSON: .*; .*application/json, got "{kind.partition(";")[0]}"$'):
        read(b"<event/>", kind)
    assert events(read({"type": "a"}, kind)) == [{"type": "a"}]


@pytest.mark.parametrize("kind", ["", FORM, "application/json", "application/problem+json"])
def test_a_body_that_should_be_json_is_refused_for_its_text(kind):
    with pytest.raises(InvalidJSON, match=r"\(byte 0\)$"):
        read(b"<event/>", kind)


# NDJSON


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/jsonl; charset=utf-8", FORM, ""])
def test_each_line_is_an_event(kind):
    message = read(b'{"type":"a"}\n\n  {"type":"b"}\r\n', kind)
    assert events(message) == [{"type": "a"}, {"type": "b"}]
    assert message.seq == 0


def test_one_line_is_an_event():
    assert events(read(b'{"type":"a"}\n', "application/x-ndjson")) == [{"type": "a"}]


def test_an_object_over_several_lines_is_not_ndjson():
    assert events(read(json.dumps({"type": "a", "n": {"m": 1}}, indent=1).encode())) == [{"type": "a", "n": {"m": 1}}]
    assert events(read(b'{"n":{"m":1}\n,"type":"a"}')) == [{"type": "a", "n": {"m": 1}}]


def test_a_bad_line_is_left_to_the_check_of_its_event():
    assert [bytes(raw) for raw in read(b'{"type":"a"}\nno\n').events] == [b'{"type":"a"}', b"no"]


def test_too_many_lines_are_refused():
    with pytest.raises(BatchTooLarge, match="11 events; the limit is 10"):
        read(b'{"type":"a"}\n' * 11)


# the number of a message


def test_the_address_may_number_what_has_no_number():
    assert read([{"type": "a"}], seq=41).seq == 41
    assert read(b'{"type":"a"}\n{"type":"b"}', seq=41).seq == 41


def test_a_number_in_the_body_wins():
    assert read({"seq": 7, "events": []}, seq=41).seq == 7


def test_a_number_that_readers_could_not_hold_is_refused():
    with pytest.raises(InvalidMessage, match="9007199254740992"):
        read([{"type": "a"}], seq=2**53)


# CloudEvents


def cloud_event(**more):
    return {"specversion": "1.0", "id": "1", "source": "/lab", "type": "a", "data": {"n": 1}, **more}


@pytest.mark.parametrize("name", ["a", "org.example.a"])
def test_a_cloud_event_is_its_data_with_its_type(name):
    message = read(cloud_event(type=name, time="2026-01-01T00:00:00Z"), f"{CLOUD_EVENT}; charset=utf-8")
    assert events(message) == [{"n": 1, "type": "a"}]


def test_a_batch_of_cloud_events_is_one_message():
    assert events(read([cloud_event(), cloud_event(data={"n": 2})], CLOUD_EVENTS, seq=3)) == [
        {"n": 1, "type": "a"},
        {"n": 2, "type": "a"},
    ]


def test_the_type_of_a_cloud_event_overrides_its_data():
    assert events(read(cloud_event(data={"type": "b"}), CLOUD_EVENT)) == [{"type": "a"}]


@pytest.mark.parametrize("bad", [cloud_event(data=[1]), cloud_event(data="x"), {"type": "a", "data": {}}, [1]])
def test_what_is_no_cloud_event_is_refused(bad):
    with pytest.raises(InvalidMessage, match="specversion"):
        read(bad, CLOUD_EVENT)


def test_a_cloud_event_that_is_no_json_is_refused():
    with pytest.raises(InvalidJSON):
        read(b"{", CLOUD_EVENT)


@pytest.mark.usefixtures("world")
async def test_a_long_body_is_refused_without_the_middleware():
    body = b"{}\n" * settings().MAX_MESSAGE_BYTES
    request = AsyncRequestFactory().post("/api/events", body, content_type="application/x-ndjson")
    request.scope[SENDER] = ANYTHING
    answer = await views.events(request)
    assert answer.status_code == 413
    assert request.read(), "the rest was not read"
