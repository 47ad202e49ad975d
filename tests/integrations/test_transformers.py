"""Hugging Face Transformers: train, then evaluate, with one run."""

import torch
from transformers import Trainer, TrainingArguments

from stickyboard.integrations.transformers import StickyboardCallback


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x, labels=None):
        return {"loss": (self.layer(x).squeeze(-1) - labels).square().mean()}


ROWS = [{"x": torch.ones(4), "labels": torch.tensor(1.0)} for _ in range(16)]


def test_train_and_evaluate_arrive_in_one_run(board, tmp_path):
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "out"),
        run_name="finetune",
        num_train_epochs=2,
        per_device_train_batch_size=4,
        logging_steps=2,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
    )
    callback = StickyboardCallback()
    trainer = Trainer(Small(), arguments, train_dataset=ROWS, eval_dataset=ROWS, callbacks=[callback])
    trainer.train()
    trainer.evaluate()
    callback.run.finish()
    assert [step for step, _ in board.curve("train/loss")][:4] == [2, 4, 6, 8]
    assert [step for step, _ in board.curve("eval/loss")] == [8]
    assert {"train/learning_rate", "train/grad_norm", "train/runtime"} <= board.metrics
    assert board.of_type("run_progress")[-1]["done"] == board.of_type("run_progress")[-1]["total"] == 8
    last = board.of_type("run")[-1]
    assert (last["status"], last["run"][:9], last["config"]["num_train_epochs"]) == ("finished", "finetune-", 2)
