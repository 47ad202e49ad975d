"""Optuna: the value and the parameters of each trial.

run = stickyboard.init("search")
study.optimize(objective, n_trials=100, callbacks=[log_to(run)])
"""

import contextlib
from collections.abc import Callable

from stickyboard.integrations import library
from stickyboard.runs import Run

with library("optuna"):
    import optuna
    from optuna.trial import FrozenTrial, TrialState


def log_to(run: Run) -> Callable[[optuna.Study, FrozenTrial], None]:
    """Return a callback that logs to a run: each trial is a step; the best value so far is logged too.

    A trial that was pruned or failed is a line of the log.
    """

    def callback(study: optuna.Study, trial: FrozenTrial) -> None:
        if trial.state != TrialState.COMPLETE:
            run.line(f"trial {trial.number}: {trial.state.name.lower()}", "warning")
            return
        numbers = _values_of(trial.values)
        with contextlib.suppress(ValueError, RuntimeError):  # several objectives, or no trial meets the constraints
            numbers["best"] = study.best_value
        parameters = {f"params/{name}": value for name, value in trial.params.items() if not isinstance(value, str)}
        run.log({**numbers, **parameters}, step=trial.number)

    return callback


def _values_of(values: list[float]) -> dict[str, float]:
    if len(values) == 1:
        return {"value": values[0]}
    return {f"value/{index}": value for index, value in enumerate(values)}
