"""PyTorch Lightning: fit, then test, with one run."""

import lightning
import pytest
import torch

import stickyboard
from stickyboard.integrations.lightning import StickyboardLogger


class Small(lightning.LightningModule):
    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(width, 1)

    def step(self, batch, name):
        loss = self.layer(batch[0]).square().mean()
        self.log(name, loss)
        return loss

    def training_step(self, batch):
        return self.step(batch, "train_loss")

    def validation_step(self, batch):
        return self.step(batch, "val_loss")

    def test_step(self, batch):
        return self.step(batch, "test_loss")

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.01)


class Failing(Small):
    def training_step(self, batch):
        raise ValueError("bad batch")


@pytest.fixture
def batches() -> torch.utils.data.DataLoader:
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 4)), batch_size=2)


def trainer(logger: StickyboardLogger) -> lightning.Trainer:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    return lightning.Trainer(max_epochs=2, logger=logger, log_every_n_steps=1, **quiet)


def test_fit_and_test_arrive_in_one_run(board, batches):
    logger = StickyboardLogger("small", config={"lr": 0.01})
    using = trainer(logger)
    model = Small()
    using.fit(model, batches, batches)
    using.test(model, batches, verbose=False)
    logger.experiment.finish()
    assert {"train/loss", "val/loss", "test/loss"} <= board.metrics
    assert [step for step, _ in board.curve("train/loss")] == list(range(8))
    assert len(board.curve("val/loss")) == 2
    assert board.statuses[-1] == "finished"
    assert board.of_type("run")[-1]["config"] == {"lr": 0.01, "width": 4}
    assert len({event["run"] for event in board.events}) == 1


def test_checkpoints_are_in_the_folder_of_the_run(board, batches):
    logger = StickyboardLogger("small")
    using = trainer(logger)
    using.fit(Small(), batches)
    run = logger.experiment.id
    logger.experiment.finish()
    assert f"small/{run}/" in using.checkpoint_callback.best_model_path


def test_a_failed_fit_is_a_failed_run(board, batches):
    with pytest.raises(ValueError, match="bad batch"):
        trainer(StickyboardLogger("small")).fit(Failing(), batches)
    assert board.statuses[-1] == "failed"
    with pytest.raises(LookupError):
        stickyboard.current()
