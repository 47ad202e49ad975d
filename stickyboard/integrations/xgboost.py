"""XGBoost: the evaluation results of each round.

xgboost.train(params, data, evals=[(valid, "valid")], callbacks=[StickyboardCallback("trees")])
"""

from collections.abc import Mapping
from typing import Any

from stickyboard.integrations import library
from stickyboard.runs import Run, init

with library("xgboost"):
    from xgboost.callback import TrainingCallback


class StickyboardCallback(TrainingCallback):
    """Logs to a run, or begins one with each training and finishes it. For `xgboost.cv`, the mean over the folds."""

    def __init__(self, run: Run | str = "xgboost", config: Mapping[str, Any] | None = None) -> None:
        self._given, self._config = run, config
        self.run: Run | None = run if isinstance(run, Run) else None

    def before_training(self, model: Any) -> Any:
        if self.run is None:
            self.run = init(str(self._given), self._config)
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Any]]) -> bool:
        newest = {
            f"{data}/{metric}": values[-1][0] if isinstance(values[-1], tuple) else values[-1]
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        }
        if self.run is not None:
            self.run.log(newest, step=epoch)
        return False

    def after_training(self, model: Any) -> Any:
        if self.run is not None and not isinstance(self._given, Run):
            self.run.finish()
            self.run = None
        return model
