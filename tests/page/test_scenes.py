"""Where the scenes of a board are, and what they are called."""

from msgspec import Struct

from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import ring
from broadcast.page.scenes import placed
from broadcast.page.widgets import Lines, Scatter, Table


class Loss(Struct):
    run: str
    step: int
    loss: float


CURVE = Lines(series="run", x="step", y="loss")


def titles(scene: Scene | str, *show: object) -> list[str]:
    kind = EventType("loss", Loss, ring(500, lane="run"), title="Training loss", show=list(show))
    return [placed_scene.title for placed_scene in placed(Board("main", scenes=[scene]), {"loss": kind})]


def test_several_widgets_of_an_event_type_have_a_title_each():
    assert titles("loss", CURVE, Table()) == ["Training loss", "Training loss (table)"]
    points = Scatter(x="step", y="loss")
    expected = ["Training loss", "Steps", "Training loss (scatter)"]
    assert titles("loss", CURVE, Table(title="Steps"), points) == expected
    assert titles(Scene("loss", title="Loss"), CURVE, Table()) == ["Loss", "Loss (table)"]
