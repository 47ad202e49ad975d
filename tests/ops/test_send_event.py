"""Events from the terminal: checked and applied as a producer's."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from broadcast.management.output import FOUND_WRONG
from broadcast.publishing.direct import MAX_EVENTS_AT_ONCE


def run(*words: str, code: int = 0) -> str:
    out = io.StringIO()
    if code:
        with pytest.raises(SystemExit) as left:
            call_command("send_event", *words, stdout=out, stderr=out)
        assert left.value.code == code
    else:
        call_command("send_event", *words, stdout=out)
    return out.getvalue()


def test_sends_fields_as_they_are_meant(sticky):
    assert run("model_metric", "model=gbt", "macro_f1=0.91", "note=1 2") == "1 of 1 applied.\n"
    assert sticky.get("model_metric:gbt") == {"type": "model_metric", "model": "gbt", "macro_f1": 0.91, "note": "1 2"}


def test_applies_the_policy(sticky):
    for _ in range(2):
        run("--json", '{"type":"total_alerts","alerts":2}')
    (entry,) = sticky.page("total_alerts").entries
    assert json.loads(entry.value)["alerts"] == 4


def test_names_the_refused_line_and_applies_the_others(sticky, tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text(
        '{"type":"model_metric","model":"gbt","macro_f1":0.9}\n\n{"type":"model_metric","model":"knn"}\n'
        '{"type":"model_metrics","model":"knn"}\n{"type":"model_metric","model":"mlp","macro_f1":0.8}\n'
    )
    said = run("--file", str(file), code=FOUND_WRONG)
    assert "2 of 4 applied." in said
    assert "event 2: " in said
    assert "$" in said
    assert 'event 3: no event type "model_metrics"; did you mean "model_metric"?' in said
    assert sorted(entry.key for entry in sticky.page("model_metric").entries) == ["gbt", "mlp"]


def test_names_the_event_whose_policy_failed(sticky, tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(f'{{"type":"total_alerts","alerts":{count}}}' for count in (1, 2**53 - 1, 2)))
    assert "event 2: policy failed" in run("--file", str(file), code=FOUND_WRONG)
    assert sticky.get("total_alerts")["alerts"] == 3


def test_tells_the_same_as_json(sticky):
    answer = json.loads(run("--json", '{"type":"model_metric"}', "--format", "json", code=FOUND_WRONG))
    assert (answer["applied"], answer["valid"]) == (0, 0)
    assert (answer["errors"][0]["index"], answer["errors"][0]["code"]) == (0, "invalid_event")


def test_a_dry_run_applies_nothing(sticky):
    assert run("model_metric", "model=gbt", "macro_f1=0.91", "--dry-run") == "1 of 1 valid; nothing was applied.\n"
    assert sticky.heads() == {}


def test_a_policy_that_fails_harms_its_event_only(sticky, tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text('{"type":"total_bytes","bytes":9007199254740991}\n' * 3)
    run("--file", str(file), code=FOUND_WRONG)
    assert sticky.sizes()["total_bytes"] == 1


def test_sends_more_than_go_at_once_in_their_order(sticky, tmp_path):
    file = tmp_path / "events.ndjson"
    count = MAX_EVENTS_AT_ONCE + 5
    file.write_text("".join(f'{{"type":"model_metric","model":"gbt","macro_f1":{n / 10_000}}}\n' for n in range(count)))
    assert run("--file", str(file)) == f"{count} of {count} applied.\n"
    assert sticky.get("model_metric:gbt")["macro_f1"] == (count - 1) / 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give one of TYPE"),
        (("model_metric", "--json", "{}"), "give one of TYPE"),
        (("model_metric", "gbt"), 'expected FIELD=VALUE, got "gbt"'),
        (("--file", "/nowhere/events"), "cannot be read"),
    ],
)
def test_says_what_was_not_understood(sticky, words, said):
    with pytest.raises(CommandError, match=said):
        run(*words)


@pytest.mark.parametrize("option", ["--url", "--token"])
def test_an_option_of_a_producer_is_refused_with_what_has_it(option):
    with pytest.raises(CommandError, match=rf"there is no {option}, .*SyncProducer.* curl .*/api/events"):
        run("model_metric", "model=a", option, "x")
