"""Texts may begin with a byte order mark, which programs on Windows write."""

import codecs
import json
from pathlib import Path

import pytest

from broadcast.ops.dump import dump_lines, read_dump
from broadcast.testing.transcripts import read_transcript
from broadcast.types import Cursor, KeyspaceCopy
from producers_api.messages import read_message, seq_of
from producers_api.post_body import message_in
from producers_api.producers.replay_log import read_log
from stickyboard.address import checked_token

MARK = codecs.BOM_UTF8
EVENT = b'{"type":"t","n":1}'


@pytest.mark.parametrize("body", [EVENT, b"[%b]" % EVENT, b'{"seq":4,"events":[%b]}' % EVENT])
def test_a_message_may_begin_with_one(body):
    assert [bytes(raw) for raw in read_message(MARK + body, 1000, 10).events] == [EVENT]
    assert seq_of(MARK + body) == seq_of(body)


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/x-www-form-urlencoded"])
def test_each_line_may_begin_with_one(kind):
    body = MARK + EVENT + b"\r\n" + MARK + EVENT + b"\n"
    assert [bytes(raw) for raw in message_in(body, kind, 0, 1000, 10).events] == [EVENT, EVENT]


def test_a_cloud_event_may_begin_with_one():
    body = MARK + b'{"specversion":"1.0","type":"org.t","data":{"n":1}}'
    (raw,) = message_in(body, "application/cloudevents+json", 0, 1000, 10).events
    assert json.loads(bytes(raw)) == {"type": "t", "n": 1}


def test_a_log_may_begin_with_one():
    assert [line.event for line in read_log([MARK + EVENT, EVENT])] == [{"type": "t", "n": 1}] * 2


def test_a_dump_may_begin_with_one():
    lines = list(dump_lines([KeyspaceCopy("t", Cursor("e", 1), [], {})], 1.0))
    assert read_dump([MARK + lines[0], *lines[1:]]) == read_dump(lines)


def test_a_transcript_may_begin_with_one(tmp_path: Path):
    (tmp_path / "seen").write_bytes(MARK + b'{"op":"close"}\n')
    assert read_transcript(tmp_path / "seen") == [{"op": "close"}]


def test_a_token_may_begin_with_one():
    assert checked_token("\ufeffsticky_x\n") == "sticky_x"
