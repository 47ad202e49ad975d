"""System checks of what a project's pages need."""

import pytest

from broadcast.checks.views import check_frames, check_permissions, check_templates, check_urls, check_users
from broadcast.events.board import Board


def found() -> set[str]:
    checks = (check_urls, check_templates, check_users, check_permissions, check_frames)
    return {problem.id.removeprefix("stickyboard.") for check in checks for problem in check()}


TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
PRIVATE = {"EVENT_TYPES": "dashboard_project.event_types.EVENT_TYPES", "REQUIRE_LOGIN": True}


def test_the_deployment_has_no_problem():
    assert found() == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"ROOT_URLCONF": "tests.page.test_view_checks"}, {"W011"}),
        ({"TEMPLATES": TEMPLATES}, {"W012"}),
        ({"BROADCAST": PRIVATE, "MIDDLEWARE": []}, {"W013"}),
        ({"BROADCAST": {**PRIVATE, "BOARDS": [Board("a", permission="stickyboard.vew_board")]}}, {"W016"}),
        ({"BROADCAST": {**PRIVATE, "BOARDS": [Board("a", permission="stickyboard.own_of_the_database")]}}, set()),
        ({"STICKYBOARD_EMBEDDED_BY": "https://a.example"}, {"E014"}),
        ({"STICKYBOARD_EMBEDDED_BY": ["https://a.example/board", "https://b.example"]}, {"E014"}),
        ({"STICKYBOARD_EMBEDDED_BY": ["https://a.example;script-src"]}, {"E014"}),
        ({"STICKYBOARD_EMBEDDED_BY": ["https://b.example:8443", "http://localhost:*", "vscode-webview:"]}, set()),
    ],
)
def test_a_mistake_is_found(settings, changed, expected):
    for name, value in changed.items():
        setattr(settings, name, value)
    assert found() == expected


urlpatterns: list[object] = []
