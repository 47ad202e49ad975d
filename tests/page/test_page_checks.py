"""System checks report names in the page's configuration and the environment that have no effect."""

import pytest

from broadcast import conf
from broadcast.checks.page import check_scenes
from broadcast.events.event_type import EventType
from broadcast.events.policies import latest
from dashboard_project import env
from dashboard_project.checks import check_environment
from dashboard_project.event_types import TotalAlerts


def test_finds_nothing_wrong_with_the_deployment(monkeypatch):
    monkeypatch.setattr(env, "KNOWN", {*env.KNOWN, "STICKYBOARD_SECRET_KEY"})
    for name in ("SERVICE_HOST", "PORT", "PORT_8000_TCP_ADDR"):
        monkeypatch.setenv(f"STICKYBOARD_{name}", "set by Kubernetes")
    assert [*check_environment(), *check_scenes()] == []


@pytest.mark.parametrize(("name", "hint"), [("PUBLC", "; did you mean STICKYBOARD_PUBLIC?"), ("XYZ", "")])
def test_finds_a_misspelt_name_in_the_environment(monkeypatch, name, hint):
    monkeypatch.setattr(env, "KNOWN", {*env.KNOWN, "STICKYBOARD_SECRET_KEY"})
    env.read_bool("STICKYBOARD_PUBLIC", default=False)
    monkeypatch.setenv(f"STICKYBOARD_{name}", "1")
    [problem] = check_environment()
    assert problem.id == "dashboard_project.W001"
    assert problem.msg.endswith(f"STICKYBOARD_{name}{hint}")


def test_leaves_the_environment_of_another_project_alone(monkeypatch):
    monkeypatch.setattr(env, "KNOWN", set())
    monkeypatch.setenv("STICKYBOARD_PUBLC", "1")
    assert check_environment() == []


@pytest.mark.parametrize(("scene", "is_known"), [("json", True), ("totals", True), ("modelmetric", False)])
def test_finds_a_scene_that_the_page_does_not_have(monkeypatch, scene, is_known):
    line = EventType("total_alerts", TotalAlerts, latest(), scene=scene, title="Alerts")
    monkeypatch.setattr(conf, "event_types", lambda: {line.name: line})
    found = check_scenes()
    assert [problem.id for problem in found] == ([] if is_known else ["stickyboard.W031"])
    assert all('no scene "modelmetric"' in problem.msg and "model_metric" in problem.msg for problem in found)


def test_leaves_a_table_that_cannot_be_read_to_the_check_of_the_table(monkeypatch):
    def fail():
        raise NameError

    monkeypatch.setattr(conf, "event_types", fail)
    assert check_scenes() == []
