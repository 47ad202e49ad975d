"""PyTorch Lightning: a logger.

Trainer(logger=StickyboardLogger("resnet", config={"lr": 1e-3}))
"""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stickyboard.integrations import grouped, library
from stickyboard.runs import Run, init

# The package has two names with classes of their own. The program uses the one that it has imported.
if TYPE_CHECKING or "pytorch_lightning" not in sys.modules or "lightning.pytorch" in sys.modules:
    with library("lightning"):
        from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
        from lightning.pytorch.utilities import rank_zero_only
else:
    from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
    from pytorch_lightning.utilities import rank_zero_only


class StickyboardLogger(Logger):
    """Logs to a run, which stays open after `fit`, for `test` and `predict`, until the program ends.

    Only the first process logs. `logger.experiment.finish()` ends the run earlier.

    Args:
        options: of `stickyboard.init`, such as `system=True`.
    """

    def __init__(self, name: str = "lightning", config: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__()
        self._name, self._config, self._options = name, dict(config or {}), options
        self._run: Run | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        """The run's id, which Lightning uses for the folder of its checkpoints."""
        run = self.experiment
        return run.id if isinstance(run, Run) else "0"

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The run, which begins at the first use."""
        if self._run is None:
            self._run = init(self._name, self._config, **self._options)
        return self._run

    @rank_zero_only
    def log_hyperparams(self, params: Any, *args: Any, **more: Any) -> None:
        given = params if isinstance(params, Mapping) else vars(params)
        self.experiment.config.update({str(name): value for name, value in given.items()})

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        numbers = {grouped(name, "train", "val", "test"): value for name, value in metrics.items()}
        self.experiment.log(numbers, step=step)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        if self._run is not None and status != "success":
            self._run.finish("failed")
