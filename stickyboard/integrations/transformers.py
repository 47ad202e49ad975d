"""Hugging Face Transformers: what the Trainer logs.

Trainer(…, callbacks=[StickyboardCallback("finetune")])
"""

from typing import Any

from stickyboard.integrations import grouped, library
from stickyboard.runs import Run, init

with library("transformers"):
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class StickyboardCallback(TrainerCallback):
    """Logs to a run, which stays open after `train`, for `evaluate` and `predict`, until the program ends.

    Only the first process logs. `callback.run.finish()` ends the run earlier.

    Args:
        run: a run, or the name of a new one; None for the `run_name` of the training's arguments.
    """

    def __init__(self, run: Run | str | None = None) -> None:
        self._given = run
        self.run: Run | None = run if isinstance(run, Run) else None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        if not state.is_world_process_zero:
            return
        if self.run is None:
            self.run = init(str(self._given or getattr(args, "run_name", None) or "trainer"))
        self.run.config.update({name: value for name, value in args.to_dict().items() if value not in (None, "", [])})

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        if self.run is None or not state.is_world_process_zero:
            return
        numbers = {_named(name): value for name, value in (logs or {}).items() if name != "total_flos"}
        self.run.log(numbers, step=state.global_step)
        self.run.progress("training", state.global_step, state.max_steps)


def _named(name: str) -> str:
    found = grouped(name, "train", "eval", "test")
    return found if "/" in found else f"train/{found}"
