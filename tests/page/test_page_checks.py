"""System checks report names in the page's configuration and the environment that have no effect."""

import pytest

from broadcast.checks.page import check_scenes
from broadcast.checks.settings import check_broadcast
from broadcast.events.board import Board, Scene
from broadcast.page.widgets import Bars
from dashboard_project.environment_checks import check_environment


def test_finds_nothing_wrong_with_the_deployment(monkeypatch):
    for name in ("SERVICE_HOST", "PORT", "PORT_8000_TCP_ADDR"):
        monkeypatch.setenv(f"STICKYBOARD_{name}", "set by Kubernetes")
    assert [*check_environment(), *check_scenes()] == []


@pytest.mark.parametrize(("name", "hint"), [("PUBLC", "; did you mean STICKYBOARD_PUBLIC?"), ("XYZ", "")])
def test_finds_a_misspelt_name_in_the_environment(monkeypatch, name, hint):
    monkeypatch.setenv(f"STICKYBOARD_{name}", "1")
    [problem] = check_environment()
    assert problem.id == "dashboard_project.W001"
    assert problem.msg.endswith(f"STICKYBOARD_{name}{hint}")


def test_leaves_the_environment_of_another_project_alone(monkeypatch):
    monkeypatch.setenv("STICKYBOARD_PUBLC", "1")
    assert [*check_environment()]
    assert [*check_environment(known=())] == []


def problems_of(settings, *boards):
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": boards}
    return [problem.msg for problem in (check_broadcast() or check_scenes())]


def test_finds_scenes_with_one_name_or_number(settings):
    scenes = [Scene("embedding", number=9), Scene("model_perf", number=9, name="x"), Scene("model_metric", name="x")]
    by_name, by_number = problems_of(settings, Board("main", scenes=scenes))
    assert "Scene('model_perf') and Scene('model_metric') have name='x'" in by_name
    assert "Scene('embedding') and Scene('model_perf') have number=9" in by_number


def test_finds_invalid_options_of_a_scene_and_a_board(settings):
    scenes = [Scene("embedding", size="big", number=100), "embeding"]
    found = problems_of(settings, Board("main", scenes=scenes, colours={"gbt": 13}), Board("main"))
    for expected in ("size='big'", "number=100", "colours['gbt'] is 13", 'did you mean "embedding"', 'name "main"'):
        assert any(expected in problem for problem in found), expected
    assert len(found) == 5


def test_finds_a_widget_that_cannot_draw_an_event_type(settings):
    scene = Scene("model_metric", show=Bars(label="model", value="macro_f2"))
    (problem,) = problems_of(settings, Board("main", scenes=[scene]))
    assert problem.startswith("model_metric: Bars(value='macro_f2')")
    assert 'did you mean "macro_f1"' in problem


@pytest.mark.parametrize(("path", "expected"), [("no.boards", "cannot be imported"), ("os.sep", "not a list of Board")])
def test_finds_boards_that_cannot_be_imported(settings, path, expected):
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": path}
    (problem,) = check_broadcast()
    assert (problem.id, expected in problem.msg) == ("stickyboard.E004", True)
