"""`replay_log`: recorded logs and their timing."""

import json
import runpy
import sys
from io import BytesIO

import pytest

from producers_api.producers import replay_log
from producers_api.producers.replay_log import pauses, read_log


def log_of(*lines: object) -> BytesIO:
    return BytesIO(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))


def test_a_log_may_have_four_forms():
    event = {"type": "a", "n": 1}
    cloud_event = {"specversion": "1.0", "id": "1", "source": "/", "type": "org.a", "time": "1970-01-01T00:00:07Z"}
    lines = list(
        read_log(log_of(event, {**event, "at": 5}, {"at": 6.5, "event": event}, b"", {**cloud_event, "data": {"n": 1}}))
    )
    assert [(line.number, line.at) for line in lines] == [(1, None), (2, 5.0), (3, 6.5), (5, 7.0)]
    assert [line.event for line in lines] == [event, {**event, "at": 5}, event, {"n": 1, "type": "a"}]


@pytest.mark.parametrize("line", [b"no", b"[]", {"n": 1}, {"type": 7}, {"type": "a", "at": "yesterday"}])
def test_a_broken_line_is_reported_with_its_number(line):
    found = list(read_log(log_of({"type": "a"}, line, {"type": "b"})))
    assert [one.number for one in found] == [1, 2, 3]
    assert found[1].event is None
    assert found[1].problem.startswith("line 2 is skipped: ")


def test_pauses_are_those_of_the_recording_made_shorter():
    log = list(read_log(log_of(*[{"type": "a", "at": at} for at in (100, 110, 105, 130, 1000)], {"type": "a"})))
    assert [pause for _, pause in pauses(log, speed=10, max_pause_s=60)] == [0, 1.0, 0, 2.0, 60, 0]
    assert [pause for _, pause in pauses(log, speed=0, max_pause_s=60)] == [0] * 6


def test_it_runs_without_django(tmp_path, monkeypatch):
    words = ["replay_log", str(tmp_path / "missing"), "--url", "http://127.0.0.1:1", "--token", "x"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit, match="missing cannot be read"):
        runpy.run_path(replay_log.__file__, run_name="__main__")
