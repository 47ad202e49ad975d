"""System checks of what a project's pages need."""

import sys

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.middleware import RemoteUserMiddleware
from django.urls import path
from django.views.generic import View

from broadcast.checks import static_files
from broadcast.checks.static_files import check_served, static_problem
from broadcast.checks.views import (
    check_frames,
    check_login,
    check_permissions,
    check_templates,
    check_urls,
    check_users,
)
from broadcast.events.board import Board


def found() -> set[str]:
    checks = (check_urls, check_templates, check_users, check_login, check_permissions, check_frames)
    return {problem.id.removeprefix("stickyboard.") for check in checks for problem in check()}


TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
PRIVATE = {"EVENT_TYPES": "dashboard_project.event_types.EVENT_TYPES", "REQUIRE_LOGIN": True}


class OwnHeader(RemoteUserMiddleware):
    header = "HTTP_X_USER"


class LoginByLanguage:
    """A URLconf whose login page is below the language's code."""

    urlpatterns = i18n_patterns(path("accounts/login/", View.as_view()))


USERS = "django.contrib.auth.middleware.AuthenticationMiddleware"
REMOTE_USERS = [USERS, "tests.page.test_view_checks.OwnHeader"]


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
        ({"BROADCAST": PRIVATE, "LOGIN_URL": "no-such-name"}, {"W019"}),
        ({"BROADCAST": PRIVATE, "LOGIN_URL": "/accounts/login/"}, {"W019"}),
        ({"BROADCAST": PRIVATE, "LOGIN_URL": "/another/login/"}, set()),
        ({"BROADCAST": PRIVATE, "LOGIN_URL": "/accounts/login/", "ROOT_URLCONF": LoginByLanguage}, {"W011"}),
        ({"BROADCAST": PRIVATE, "LOGIN_URL": "/accounts/login/", "MIDDLEWARE": REMOTE_USERS}, set()),
        ({"BROADCAST": {**PRIVATE, "REQUIRE_LOGIN": False}, "LOGIN_URL": "/accounts/login/"}, set()),
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
SERVE_STATIC = "servestatic.middleware.ServeStaticMiddleware"


class ServesStatic:
    """A URLconf that serves static files itself, as `staticfiles_urlpatterns` does while DEBUG is on."""

    urlpatterns = (path("static/<path:path>", View.as_view()),)


@pytest.mark.parametrize(
    ("changed", "is_found"),
    [
        ({}, True),
        ({"DEBUG": False, "STATIC_ROOT": ""}, True),
        ({"DEBUG": False, "STATIC_ROOT": "/srv/static"}, False),
        ({"DEBUG": False, "STATIC_ROOT": "", "MIDDLEWARE": [SERVE_STATIC]}, True),
        ({"DEBUG": False, "STATIC_ROOT": None, "MIDDLEWARE": [SERVE_STATIC]}, True),
        ({"DEBUG": False, "STATIC_ROOT": "", "MIDDLEWARE": [SERVE_STATIC], "SERVESTATIC_USE_FINDERS": True}, False),
        ({"DEBUG": False, "STATIC_ROOT": "", "MIDDLEWARE": ["mysite.middleware.OwnStaticFiles"]}, False),
        ({"DEBUG": True, "STATIC_ROOT": "", "MIDDLEWARE": [SERVE_STATIC]}, False),
        ({"STATIC_URL": "https://files.example/"}, False),
        ({"MIDDLEWARE": ["whitenoise.middleware.WhiteNoiseMiddleware"]}, False),
        ({"MIDDLEWARE": [SERVE_STATIC]}, False),
        ({"ROOT_URLCONF": ServesStatic}, False),
    ],
)
def test_static_files_that_nothing_serves_are_found(settings, changed, is_found):
    defaults = {"DEBUG": True, "STATIC_ROOT": "/srv/static", "MIDDLEWARE": [], "SERVESTATIC_USE_FINDERS": False}
    for name, value in {**defaults, **changed}.items():
        setattr(settings, name, value)
    problem = static_problem()
    assert (problem is not None) == is_found
    assert problem is None or ("collectstatic" in problem.hint) == bool(settings.MIDDLEWARE)


@pytest.mark.parametrize(
    ("command", "has_daphne", "is_found"),
    [("check", False, True), ("check", True, False), ("migrate", False, False), ("runserver", False, False)],
)
def test_static_files_are_checked_by_the_command_check(settings, monkeypatch, command, has_daphne, is_found):
    settings.DEBUG, settings.MIDDLEWARE = True, []
    monkeypatch.setattr(static_files, "serves_sockets", lambda: has_daphne)
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    assert bool([*check_served()]) == is_found
