"""Hugging Face Transformers: what the Trainer logs.

Trainer(…, callbacks=[StickyboardCallback("finetune")])
"""

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from stickyboard.runs import Run, init


class StickyboardCallback(TrainerCallback):
    """Logs to a run, which it begins and finishes unless one is given. Only the first process logs."""

    def __init__(self, run: Run | str | None = None) -> None:
        self._given = run
        self.run: Run | None = run if isinstance(run, Run) else None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        if state.is_world_process_zero and self.run is None:
            name = self._given or getattr(args, "run_name", None) or "trainer"
            self.run = init(str(name), {key: value for key, value in args.to_dict().items() if value is not None})

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        if self.run is not None and state.is_world_process_zero:
            numbers = {_named(name): value for name, value in (logs or {}).items() if name != "total_flos"}
            self.run.log(numbers, step=state.global_step)
            self.run.progress("training", state.global_step, state.max_steps)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        if self.run is not None and not isinstance(self._given, Run):
            self.run.finish()


def _named(name: str) -> str:
    for prefix in ("eval_", "train_", "test_"):
        if name.startswith(prefix):
            return f"{prefix[:-1]}/{name.removeprefix(prefix)}"
    return f"train/{name}"
