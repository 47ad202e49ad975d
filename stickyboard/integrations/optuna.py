"""Optuna: the value and the parameters of each trial.

run = stickyboard.init("search")
study.optimize(objective, n_trials=100, callbacks=[log_to(run)])
"""

from collections.abc import Callable

import optuna

from stickyboard.runs import Run


def log_to(run: Run) -> Callable[[optuna.Study, optuna.trial.FrozenTrial], None]:
    """Return a callback that logs to a run: each trial is a step; the best value so far is logged too."""

    def callback(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if not trial.values:  # failed or pruned
            run.line(f"trial {trial.number}: {trial.state.name.lower()}", "warning")
            return
        names = ["value"] if len(trial.values) == 1 else [f"value/{index}" for index in range(len(trial.values))]
        numbers = dict(zip(names, trial.values, strict=True))
        if len(trial.values) == 1:
            numbers["best"] = study.best_value
        parameters = {f"params/{name}": value for name, value in trial.params.items() if not isinstance(value, str)}
        run.log({**numbers, **parameters}, step=trial.number)

    return callback
