"""The examples in docs/how-to/integrations.md run, and each sends what its section names."""

import re
from pathlib import Path

import pytest

from stickyboard.runs import open_runs

PAGE = Path(__file__).parent.parent.parent / "docs/how-to/integrations.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
SENT = {
    "lightning": "run_metric",
    "keras": "run_metric",
    "transformers": "run_metric",
    "xgboost": "run_metric",
    "lightgbm": "run_metric",
    "sklearn": "run_metric",
    "optuna": "run_metric",
    "tqdm": "run_progress",
    "logging": "run_log",
}


def hook_of(example: str) -> str:
    return re.findall(r"stickyboard\.integrations\.(\w+)", example)[0]


def test_there_is_an_example_for_each_hook():
    modules = {path.stem for path in (PAGE.parent.parent.parent / "stickyboard/integrations").glob("[a-z]*.py")}
    assert {hook_of(example) for example in EXAMPLES} == modules == set(SENT)


@pytest.mark.parametrize("example", EXAMPLES, ids=hook_of)
def test_an_example_runs(board, example):
    exec(compile(example, str(PAGE), "exec"), {"__name__": "__main__"})
    while (run := open_runs.newest()) is not None:  # as at the end of the program
        run.finish()
    assert board.of_type(SENT[hook_of(example)])
    assert board.statuses[-1] == "finished"
