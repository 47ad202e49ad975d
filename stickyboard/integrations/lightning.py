"""PyTorch Lightning: a logger.

Trainer(logger=StickyboardLogger("resnet", config={"lr": 1e-3}))
"""

from collections.abc import Mapping
from typing import Any

try:
    from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
    from lightning.pytorch.utilities import rank_zero_only
except ImportError:  # the older name of the package
    from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
    from pytorch_lightning.utilities import rank_zero_only

from stickyboard.runs import Run, init


class StickyboardLogger(Logger):
    """Logs to a run. Only the first process logs."""

    def __init__(self, name: str = "lightning", config: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__()
        self._name, self._config, self._options = name, dict(config or {}), options
        self._run: Run | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        return self.experiment.id if self._run else "0"

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
        self.experiment.log({name.replace("val_", "val/", 1): value for name, value in metrics.items()}, step=step)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        if self._run is not None:
            self._run.finish("finished" if status == "success" else "failed")
