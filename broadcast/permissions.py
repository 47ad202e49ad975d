"""Who may view which board: `Board(permission=…)`, or BROADCAST["REQUIRE_LOGIN"] for boards without one.

Pages, sockets, the state API and the lists of boards all decide by `may_view`. An event type is visible only through
a board that the user may view.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, cast

from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings as django_settings
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.module_loading import import_string

from broadcast.conf import board_layouts, boards, event_types, settings
from broadcast.events.board import Board

log = logging.getLogger("broadcast.permissions")

PUBLIC: Final = "public"
GROUP: Final = "group:"
EXPECTED: Final = (
    'expected "public", a permission such as "shop.view_order", "group:NAME", a function of a request, or the dotted'
    ' path of one, such as "mysite.access.may_view"'
)


class Viewer(NamedTuple):
    """What a client may view. `user` is None where every board is public, because nobody needs to be looked up."""

    user: Any
    boards: tuple[str, ...]

    @property
    def is_anonymous(self) -> bool:
        return self.user is None or not self.user.is_authenticated

    @property
    def event_types(self) -> set[str]:
        """The event types of the boards. Those of no board are for clients that may view all boards, if logged in."""
        if len(self.boards) == len(boards()) and not (needs_login() and self.is_anonymous):
            return set(event_types())
        return {name for board in self.boards for name in boards()[board]}


def needs_login() -> bool:
    """Whether boards without a permission require a login; by default, if DEBUG is off."""
    wanted = settings().REQUIRE_LOGIN
    return not django_settings.DEBUG if wanted is None else wanted


def permission_of(board: str) -> Any:
    """Return the board's permission: "public", a text, or a function; None for every user who is logged in."""
    permission = board_layouts()[board].permission if board in board_layouts() else None
    return PUBLIC if permission is None and not needs_login() else permission


def is_public(board: str) -> bool:
    return bool(permission_of(board) == PUBLIC)


def function_of(permission: Any) -> Callable[[HttpRequest], bool] | None:
    """Return the function that decides, None if another kind of permission does."""
    if is_dotted_path(permission):
        return cast(Callable[[HttpRequest], bool], import_string(permission))
    return cast(Callable[[HttpRequest], bool], permission) if callable(permission) else None


def is_dotted_path(permission: Any) -> bool:
    """Whether a permission is the path of a function; the name of a permission has one dot."""
    return isinstance(permission, str) and not permission.startswith(GROUP) and permission.count(".") > 1


def may_view(board: str, request: HttpRequest) -> bool:
    """Whether a request's user may view a board. May query the database, so it runs in a thread."""
    permission = permission_of(board)
    if permission == PUBLIC:
        return True
    if function := function_of(permission):
        try:
            return function(request) is True
        except DatabaseError:
            raise
        except Exception:  # of the project; what it would have decided is unknown
            log.exception("the permission of board %s failed, so the board was refused", board)
            return False
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and _has(user, permission)


def _has(user: Any, permission: str | None) -> bool:
    if permission is None:
        return True
    if permission.startswith(GROUP):
        is_member = user.is_superuser or user.groups.filter(name=permission.removeprefix(GROUP)).exists()
        return bool(user.is_active and is_member)
    return bool(user.has_perm(permission))


def anonymous() -> Any:
    """Return an anonymous user. Imported here, because some importers of this module run before the apps are loaded."""
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


async def viewer_of(request: HttpRequest) -> Viewer:
    """Return the user of a request and the boards that this user may view, in their order."""
    everything = Viewer(None, tuple(boards()))
    is_open = all(map(is_public, everything.boards)) and everything.event_types == set(event_types())
    return everything if is_open else await sync_to_async(_viewer_of)(request)


def _viewer_of(request: HttpRequest) -> Viewer:
    user: Any = getattr(request, "user", None) or anonymous()
    user.is_authenticated  # noqa: B018  # looks the user up, in this thread
    return Viewer(user, tuple(name for name in boards() if may_view(name, request)))


def request_of(scope: dict[str, Any]) -> HttpRequest:
    """Return a socket's handshake as a request, with its user and session."""
    request = ASGIRequest({**scope, "method": "GET"}, None)
    request.user, request.session = scope.get("user") or anonymous(), scope.get("session")
    return request


def is_name(permission: Any) -> bool:
    """Whether a permission is the name of one of Django's, such as "shop.view_order"."""
    return isinstance(permission, str) and permission.count(".") == 1 and not permission.startswith(GROUP)


def problems_of(board: Board) -> Iterator[str]:
    """Yield a message if a board's permission cannot work."""
    permission, where = board.permission, f'board "{board.name}" has permission={board.permission!r}'
    if permission is None or permission == PUBLIC or callable(permission):
        return
    if not isinstance(permission, str) or permission == GROUP:
        yield f"{where}; {EXPECTED}"
    elif is_dotted_path(permission):
        try:
            if not callable(import_string(permission)):
                yield f"{where}, which is not a function; {EXPECTED}"
        except Exception as exc:  # importing runs the project's own code
            yield f"{where}, which cannot be imported: {exc}; {EXPECTED}"
    elif not permission.startswith(GROUP):
        label, _, codename = permission.partition(".")
        if not codename:
            yield f"{where}; {EXPECTED}"
        elif label not in {app.label for app in apps.get_app_configs()}:
            yield f'{where}, but no app has the label "{label}"; {EXPECTED}'
