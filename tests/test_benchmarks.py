"""The benchmark harness: the search for a rate, medians and ratios, tables, and checks of recordings."""

import io
import itertools
import json
import zlib

import pytest

from benchmarks.dashboard.stages import Stages
from benchmarks.generator.load import EVENT_REST, Wire
from benchmarks.guarantees import RECORD, Violation, check_samples
from benchmarks.publishers.events import EVENT_BYTES, tick_fields, tick_text
from benchmarks.publishers.paced import Pace
from benchmarks.publishers.raw import mqtt_length
from benchmarks.results import Cell, ratio, spread
from benchmarks.rows import ROWS
from benchmarks.rows.base import OURS
from benchmarks.search import STEP, Step, find_sustained
from benchmarks.state import COUNTS, ENTRIES, state_events
from benchmarks.tables import comparison, markdown, page, table


class FakeServer:
    """Sustains rates up to its limit, and fails at the given steps."""

    def __init__(self, limit: float, failing: tuple[int, ...] = ()) -> None:
        self.limit, self.failing, self.tried = limit, failing, []

    def measure(self, rate: float, seconds: float) -> Step:
        self.tried.append(rate)
        holds = rate <= self.limit and len(self.tried) not in self.failing
        return Step(rate, holds, rate * 200)


def test_it_finds_a_rate_within_one_step_of_the_limit():
    found = find_sustained(FakeServer(3210).measure, 50, is_start_known=False)
    assert 3210 / STEP < found.rate <= 3210
    assert found.figure == found.rate * 200


def test_it_starts_below_a_known_rate_and_needs_few_steps():
    server = FakeServer(3210)
    found = find_sustained(server.measure, 3000, is_start_known=True)
    assert 3210 / STEP < found.rate <= 3210
    assert len(server.tried) < 8


def test_it_retries_a_failed_step():
    disturbed = FakeServer(1000, failing=(2,))
    assert find_sustained(disturbed.measure, 500, is_start_known=True).rate > 500


def test_it_descends_when_the_start_is_too_high():
    assert find_sustained(FakeServer(40).measure, 100, is_start_known=False).rate <= 40


def test_it_finds_nothing_if_no_rate_is_sustained():
    assert find_sustained(FakeServer(0).measure, 100, is_start_known=False) is None


@pytest.mark.parametrize("size", [EVENT_BYTES, 16_384])
@pytest.mark.parametrize("n", [1, 2, 3, 99_999_999])
def test_an_event_has_its_size(n, size):
    text = tick_text(n, 1_790_000_000, size)
    assert len(text) == size
    assert json.loads(text) == {"type": "tick", **tick_fields(n, 1_790_000_000, size)}


def test_events_compress_like_those_of_a_lab():
    plain = b",".join(tick_text(n, 1_790_000_000_000 + n) for n in range(1000, 1020))
    assert 2.5 < len(plain) / len(zlib.compress(plain)) < 4.5


def test_the_generator_finds_the_numbers_of_an_event_once():
    # It looks for them in the bytes, and skips what follows.
    for n in range(3000):
        head, rest = tick_text(n, 1_790_000_000)[:-EVENT_REST], tick_text(n, 1_790_000_000)[-EVENT_REST:]
        assert (head.count(b'"n":'), head.count(b'"t":'), rest.count(b'"n":')) == (1, 1, 0)


def test_the_state_has_the_entries_of_the_lab():
    names = [name for name, _, _ in state_events()]
    assert {name: names.count(name) for name in COUNTS} == COUNTS
    assert len({(name, key) for name, key, _ in state_events()}) == ENTRIES == 587


def test_a_blocked_publisher_catches_up_by_at_most_50():
    pace = Pace()
    pace.change(1000, 0)
    assert pace.due(10_000) == 10
    pace.n += 10
    assert pace.due(2_000_000) == 50


@pytest.mark.parametrize(
    ("length", "encoded"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (16_384, b"\x80\x80\x01")]
)
def test_mqtt_encodes_lengths_in_seven_bits_per_byte(length, encoded):
    assert mqtt_length(length) == encoded


def test_a_browser_sends_an_allowed_origin():
    assert b"\r\nOrigin: http://127.0.0.1:8000\r\n" in Wire("sticky", "/ws/board/ticks/").handshake(8000)
    assert Wire("nats").handshake(4222) == b""


def results_of(ours: list[float], nats: float):
    row = ROWS["fanout200"]
    name = row.figures[0].name
    runs = [{name: value, "server": 1.0, "generator": 0.5} for value in ours]
    return row, {(row.name, OURS): Cell(runs), (row.name, "NATS ws"): Cell([{name: nats}])}


def test_a_ratio_is_of_medians():
    row, results = results_of([90.0, 330.0, 120.0], 100.0)
    assert ratio(results, row.name, row.figures[0], OURS) == pytest.approx(1.2)
    assert spread([90.0, 330.0, 120.0], 0) == "90 to 330"


def test_the_table_has_median_spread_ratio_and_target():
    row, results = results_of([1000.0, 1200.0], 1000.0)
    heads, (line,) = comparison(results, [row], [OURS, "NATS ws"])
    assert dict(zip(heads[2:], line[2:], strict=True)) == {
        OURS: "1,100",
        "spread": "1,000 to 1,200",
        "ratio": "1.10 x",
        "target": "1.1 x NATS",
        "NATS ws": "1,000",
    }
    assert table(heads, [line]).splitlines()[2].startswith(line[0])
    assert markdown(heads, [line]).count("\n") == 2


def test_the_page_has_machine_versions_and_skipped_peers():
    row, results = results_of([1000.0], 1000.0)
    versions = {OURS: "uvicorn 1", "NATS ws": "v2", "Nchan": "not installed"}
    text = page(results, [row], [OURS, "NATS ws"], {"processor": "one, 2 cores"}, versions)
    for line in ("| processor | one, 2 cores |", "| NATS ws | v2 |", "| Nchan | not installed |", "| 100 % | 50 % |"):
        assert line in text


def test_a_failed_row_has_a_reason():
    row = ROWS["memory"]
    results = {(row.name, OURS): Cell(reason="it did not start")}
    assert comparison(results, [row], [OURS])[1][0][2] == "failed: it did not start"


def test_stages_are_of_the_event_on_its_way():
    file = io.StringIO()
    stages = Stages(file, clock=itertools.count(50).__next__)
    stages.note("flush")  # a tick without an event, such as a sweep
    stages.begin(b'{"seq":1,"events":[{"type":"tick","n":7,"t":42,"pad":""}]}')
    for _ in range(2):
        stages.note("flush")
        stages.note_last("last_send")
    stages.end()
    stages.end()
    (line,) = file.getvalue().splitlines()
    noted = {"published": 42, "read": 50, "flush": 51, "last_send": 54, "acknowledged": 55}
    assert json.loads(line) == noted


def hello() -> dict:
    return {"op": "hello", "protocol": 2, "window": {"updates": 60, "bytes": 1000}}


def update(first: int, last: int, **more) -> dict:
    entries = [[str(n), "", n, 1.0, {"type": "tick", **tick_fields(n, 5)}] for n in range(first, last + 1)]
    section = {"type": "tick", "epoch": "e", "from": first - 1, "to": last, "entries": entries}
    return {"op": "update", "sections": [section], **more}


def recorded(folder, *messages: dict) -> bytes:
    (folder / "0.json-seq").write_text("".join(json.dumps(message, indent=1) + RECORD for message in messages))
    whole = update(1, 4)
    whole["sections"][0] |= {"from": 0, "reset": True}
    return json.dumps(whole).encode()


def test_a_valid_recording_passes(tmp_path):
    empty = {"op": "update", "caught_up": True, "sections": []}
    first = update(1, 2)
    first["sections"][0]["reset"] = True
    state = recorded(tmp_path, hello(), empty, first, update(3, 4))
    assert check_samples(tmp_path, 4, state) == ["connection 0: all 4 messages"]


@pytest.mark.parametrize("second", [update(2, 4), update(4, 4)], ids=["repeated", "missing"])
def test_an_invalid_recording_is_a_violation(tmp_path, second):
    first = update(1, 2, caught_up=True)
    first["sections"][0]["reset"] = True
    state = recorded(tmp_path, hello(), first, second)
    with pytest.raises(Violation, match="connection 0"):
        check_samples(tmp_path, 4, state)


def test_a_value_that_was_not_published_is_a_violation(tmp_path):
    wrong = update(1, 4, caught_up=True)
    wrong["sections"][0]["reset"] = True
    wrong["sections"][0]["entries"][1][4]["n"] = 7
    state = recorded(tmp_path, hello(), wrong)
    with pytest.raises(Violation, match="connection 0"):
        check_samples(tmp_path, 4, state)
