"""Keras: the losses and metrics of each epoch, or of every n-th batch.

model.fit(x, y, callbacks=[StickyboardCallback("mnist", config={"lr": 1e-3})])
"""

from collections.abc import Mapping
from typing import Any

from stickyboard.integrations import grouped, library
from stickyboard.runs import Run, init

with library("keras"):
    import keras


class StickyboardCallback(keras.callbacks.Callback):
    """Logs to a run, or begins one with each `fit` and finishes it.

    Args:
        run: a run, or the name of new ones; None for the model's name.
        config: of new runs, besides the epochs and steps.
        every_batches: also log every n-th batch; 0 for epochs only.
    """

    def __init__(
        self, run: Run | str | None = None, config: Mapping[str, Any] | None = None, every_batches: int = 0
    ) -> None:
        super().__init__()
        self._given, self._config, self._every = run, dict(config or {}), every_batches
        self.run: Run | None = run if isinstance(run, Run) else None
        self._batches = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        if self.run is None:
            plan = {name: self.params.get(name) for name in ("epochs", "steps")}
            self.run = init(str(self._given or self.model.name), {**plan, **self._config})
        self._batches = 0

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._batches += 1
        if self.run is not None and self._every and self._batches % self._every == 0:
            self.run.log({f"batch/{name}": value for name, value in (logs or {}).items()}, step=self._batches)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        if self.run is not None:
            self.run.log({grouped(name, "val"): value for name, value in (logs or {}).items()}, step=epoch)
            self.run.progress("epochs", epoch + 1, self.params.get("epochs"))

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        if self.run is not None and not isinstance(self._given, Run):
            self.run.finish()
            self.run = None
