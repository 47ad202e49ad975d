"""The example boards: their events are accepted, and their models learn."""

from types import ModuleType

import msgspec
import pytest

from broadcast.events.validation import Validator
from examples.machine import event_types as machine
from examples.training import event_types as training
from tests.support.example_events import measured, trained
from tests.support.server import ROOT

EXAMPLES = [(machine, measured), pytest.param(training, trained, marks=pytest.mark.slow)]
IDS = ["machine", "training"]


@pytest.mark.parametrize(("tables", "events"), EXAMPLES, ids=IDS)
def test_every_event_is_accepted_and_every_type_is_sent(tables: ModuleType, events) -> None:
    known = {kind.name: kind for kind in tables.EVENT_TYPES}
    for kind in tables.EVENT_TYPES:
        assert list(kind.problems()) == []
        for widget in kind.show if isinstance(kind.show, list) else [kind.show]:
            assert list(widget.problems(kind)) == []
    validator, sent = Validator(known, 65_536, 200), set()
    for name, fields in events():
        assert validator.check(msgspec.json.encode({"type": name, **fields}))[0] is known[name]
        sent.add(name)
    assert sent == set(known)
    (board,) = tables.BOARDS
    assert list(board.problems()) == []
    assert set(board.types_of(known)) == set(known)


@pytest.mark.slow
def test_the_network_learns() -> None:
    from examples.training.producer import Run  # late, as in example_events.py

    run = Run(seed=2, epochs=5)
    before = run.accuracy()
    losses = [fields["validation"] for name, fields in run.events() if name == "loss"]
    assert before < 0.4
    assert run.accuracy() > 0.9
    assert losses[-1] < losses[0] / 3


@pytest.mark.parametrize("name", IDS)
def test_the_readme_names_two_commands_that_exist(name) -> None:
    text = (ROOT / "examples" / name / "README.md").read_text()
    commands = text.split("```sh\n")[1].split("```")[0].splitlines()
    assert commands == ["pip install '.[demo]'", f"python -m examples.{name}"]
    assert (ROOT / "examples" / name / "__main__.py").exists()
