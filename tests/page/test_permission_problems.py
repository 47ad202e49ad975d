"""System checks report permissions of boards that cannot work."""

import json

import pytest
from django.http import HttpRequest

from broadcast import permissions
from broadcast.events.board import Board

NO_FUNCTION = "a text"


def is_owl(request: HttpRequest) -> bool:
    return request.user.get_username() == "owl"


@pytest.mark.parametrize(
    ("permission", "problem"),
    [
        ("public", ""),
        ("group:crew", ""),
        ("auth.view_user", ""),
        (is_owl, ""),
        ("tests.page.test_permission_problems.is_owl", ""),
        ("shop.view_order", 'no app has the label "shop"'),
        ("view_order", "expected"),
        ("group:", "expected"),
        (7, "expected"),
        ("tests.page.test_permission_problems.is_hawk", "cannot be imported"),
        ("tests.page.test_permission_problems.NO_FUNCTION", "not a function"),
    ],
)
def test_a_permission_that_cannot_work_is_a_problem(permission, problem):
    found = list(permissions.problems_of(Board("x", permission=permission)))
    assert len(found) == bool(problem)
    assert problem in "".join(found)


def test_two_processes_have_the_same_layout_version():
    first, second = (Board("x", permission=lambda _request: True) for _ in range(2))
    assert first.version({}) == second.version({})
    assert json.dumps(first.version({}))
