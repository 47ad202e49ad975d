"""Folders that real libraries write are imported as they were written."""

import json

import numpy
import pytest
import tensorboardX
from torch.utils import tensorboard

from stickyboard.tensorboard.folders import FileMessages, find_runs


@pytest.mark.parametrize("library", [tensorboard, tensorboardX], ids=["torch", "tensorboardX"])
def test_everything_that_is_written_is_read(tmp_path, library):
    with library.SummaryWriter(str(tmp_path / "run-1")) as writer:
        for step in range(300):
            writer.add_scalar("loss", 1 / (step + 1), step, walltime=1.79e9 + step)
            writer.add_scalar("acc", step, step, walltime=1.79e9 + step)
        writer.add_scalars("both", {"a": 1, "b": 2}, 300)
        writer.add_text("note", "warm-up done", 300)
        writer.add_image("sample", numpy.linspace(0, 1, 48).reshape(3, 4, 4), 300)
        writer.add_histogram("weights", numpy.linspace(-1, 1, 100), 300)
    found = {folder.run: events_of(folder) for folder in find_runs(tmp_path)}
    own = found["run-1"]
    curve = [event for event in own if "acc" in event.get("values", {})]
    assert [(event["step"], event["values"]["acc"], event["time"]) for event in curve] == [
        (step, step, 1.79e9 + step) for step in range(300)
    ]
    assert {"run_text", "run_image", "run_histogram"} <= {event["type"] for event in own}
    (part,) = [events for run, events in found.items() if run.startswith("run-1/both") and run.endswith("a")]
    assert list(part[0]["values"].values()) == [1]


def events_of(folder):
    events = []
    for path in folder.files:
        with path.open("rb") as file:
            source = FileMessages(path, folder.run, lambda *damage: pytest.fail(str(damage)))
            events += [event for message in source.read(file) for event in json.loads(message.events)]
    return events
