"""LightGBM: the evaluation results of each round.

run = stickyboard.init("trees")
lightgbm.train(params, data, valid_sets=[valid], callbacks=[log_to(run)])
"""

from collections.abc import Callable

from stickyboard.integrations import library
from stickyboard.runs import Run

with library("lightgbm"):
    from lightgbm.callback import CallbackEnv


def log_to(run: Run) -> Callable[[CallbackEnv], None]:
    """Return a callback that logs to a run; for `lightgbm.cv`, the mean over the folds."""

    def callback(env: CallbackEnv) -> None:
        results = env.evaluation_result_list or []
        run.log({f"{data}/{metric}": value for data, metric, value, *_ in results}, step=env.iteration)
        run.progress("training", env.iteration + 1 - env.begin_iteration, env.end_iteration - env.begin_iteration)

    return callback
