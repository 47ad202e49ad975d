"""Boards in the admin: which event types each one displays, and who may view it."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from broadcast.admin.pages import StorePages, requires
from broadcast.conf import boards
from broadcast.models import Board, ShareLink
from broadcast.ops.display_text import count_text
from broadcast.permissions import GROUP, PUBLIC, function_of, permission_of

COLUMNS = ("Board", "Event types", "Permission", "Who may view it")
MAX_NAMED = 20


@admin.register(Board)
class BoardAdmin(StorePages):
    """Lists boards. Their permissions are part of the code; groups and permissions are granted to users as usual."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse, because boards are declared in the code."""
        return False

    @requires("has_view_permission")
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        rows = [
            {
                "name": name,
                "types": ", ".join(types),
                "permission": permission_text(name),
                "who": viewers_text(name) + links_text(name),
            }
            for name, types in boards().items()
        ]
        found = count_text(len(rows), "board", "boards")
        return self.page(request, "board/change_list", "Boards", columns=COLUMNS, rows=rows, found=found)


def permission_text(board: str) -> str:
    permission = permission_of(board)
    if permission is None:
        return "login"
    return f"{permission.__module__}.{permission.__qualname__}" if callable(permission) else str(permission)


def viewers_text(board: str) -> str:
    """Return who may view a board; by name where the database knows."""
    permission = permission_of(board)
    if permission == PUBLIC:
        return "everyone"
    if permission is None:
        return "every user who is logged in"
    if function_of(permission):
        return "those whom the function permits, at each request"
    return f"superusers, and {_names(permission)}"


def links_text(board: str) -> str:
    """Return how many share links show a board, or a part of it, to people without an account."""
    valid = ShareLink.objects.filter(board=board, is_revoked=False, expires_at__gt=timezone.now()).count()
    return f"; {count_text(valid, 'share link', 'share links')}" if valid else ""


def _names(permission: str) -> str:
    users: Any = get_user_model()._default_manager  # noqa: SLF001  # the documented way to a custom user's manager
    if permission.startswith(GROUP):
        found = users.filter(groups__name=permission.removeprefix(GROUP), is_active=True)
    else:
        backend = "django.contrib.auth.backends.ModelBackend"
        found = users.with_perm(permission, include_superusers=False, backend=backend)
    name = get_user_model().USERNAME_FIELD
    names = [str(each) for each in found.order_by(name).values_list(name, flat=True)[: MAX_NAMED + 1]]
    if not names:
        return "nobody else"
    return ", ".join(names[:MAX_NAMED]) + (" and others" if len(names) > MAX_NAMED else "")
