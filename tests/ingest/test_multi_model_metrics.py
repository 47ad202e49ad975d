"""`multi_model_metrics`: reading results, and reporting broken files."""

import json

import pytest

from producers_api.producers.multi_model_metrics import SHIPPED, ResultsFolder
from tests.support.producer_files import check_event, write


def test_macro_f1_of_the_eval_file_takes_precedence(tmp_path):
    write(tmp_path, "a_eval.json", {"macro_f1": {"point": 0.5, "low": 0.4, "high": 0.6}, "rows": 9})
    write(tmp_path, "a_train.json", {"macro_f1": 0.9, "rows": 99})
    write(tmp_path, "b_eval.json", {"macro_f1": 0.7})
    write(tmp_path, "c_train.json", {"macro_f1": {"point": 0.25}})
    events, problems = ResultsFolder(tmp_path).read()
    assert problems == []
    assert events == [
        {"type": "model_metric", "model": "a", "macro_f1": 0.5, "macro_f1_ci": [0.4, 0.6], "rows": 9},
        {"type": "model_metric", "model": "b", "macro_f1": 0.7},
        {"type": "model_metric", "model": "c", "macro_f1": 0.25},
    ]


def test_performance_needs_all_values_from_either_file(tmp_path):
    write(tmp_path, "a_eval.json", {"macro_f1": 0.5, "latency_ms": 1.5})
    write(tmp_path, "a_train.json", {"throughput_per_s": 70.0})
    folder = ResultsFolder(tmp_path)
    assert [event["type"] for event in folder.read().events] == ["model_metric"]
    write(tmp_path, "a_train.json", {"throughput_per_s": 70.0, "size_bytes": 12})
    assert folder.read().events[1] == {
        "type": "model_perf",
        "model": "a",
        "latency_ms": 1.5,
        "throughput_per_s": 70.0,
        "size_bytes": 12,
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"macro_f1": 0.', "a_eval.json cannot be read yet"),
        ("", "a_eval.json cannot be read yet"),
        ("[1]", "expected an object, got list"),
        ('{"macro_f1": NaN}', "a_eval.json cannot be read yet"),
        ('{"macro_f1": "0.5"}', "a: expected a number at macro_f1.point or macro_f1"),
        ('{"macro_f1": {"low": 0.5}}', "a: expected a number"),
        ('{"macro_f1": true}', "a: expected a number"),
        ("{}", "a: expected a number"),
    ],
)
def test_a_broken_file_is_reported_once_and_read_again(tmp_path, text, says):
    write(tmp_path, "a_eval.json", text)
    write(tmp_path, "b_eval.json", {"macro_f1": 0.7})
    folder = ResultsFolder(tmp_path)
    events, problems = folder.read()
    assert [event["model"] for event in events] == ["b"]
    assert len(problems) == 1
    assert says in problems[0]
    assert folder.read().problems == []
    write(tmp_path, "a_eval.json", {"macro_f1": 0.5})
    assert [event["model"] for event in folder.read().events] == ["a", "b"]
    write(tmp_path, "a_eval.json", text)
    assert len(folder.read().problems) == 1  # broken anew


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path):
    folder = ResultsFolder(tmp_path / "later")
    assert folder.read() == ([], [f"{tmp_path / 'later'} is not a folder; waiting for it"])
    write(tmp_path / "later", "a_eval.json", {"macro_f1": 0.5})
    assert len(folder.read().events) == 1


def test_the_results_that_come_with_the_package_are_whole():
    events, problems = ResultsFolder(SHIPPED).read()
    assert problems == []
    models = {event["model"] for event in events}
    assert models >= {"gbt", "mlp", "knn_semi"}
    assert len(events) == 2 * len(models)
    for event in events:
        check_event(event)


@pytest.mark.slow  # as is the import of the models
@pytest.mark.parametrize("name", ["knn", "knn_semi", "naive_bayes"])
def test_the_included_results_are_those_of_the_script(name):
    from producers_api.producers.train_models import results_of

    train, evaluation = results_of(name)
    shipped = json.loads((SHIPPED / f"{name}_eval.json").read_text())["macro_f1"]
    assert evaluation["macro_f1"].keys() == shipped.keys()
    assert evaluation["macro_f1"]["point"] == shipped["point"]
    # The ends of a bootstrap interval differ by 0.0005 between NumPy 2.4 and 2.5; one row of 250 is 0.004.
    assert evaluation["macro_f1"] == pytest.approx(shipped, abs=0.001)
    assert train["macro_f1"] == json.loads((SHIPPED / f"{name}_train.json").read_text())["macro_f1"]
