"""Who may watch a board: everybody, or whoever is logged in (BROADCAST["REQUIRE_LOGIN"])."""

from typing import Any

from django.conf import settings as django_settings

from broadcast.conf import settings


def needs_login() -> bool:
    """Whether boards are only for those who are logged in; where nothing is said, when DEBUG is off."""
    wanted = settings().REQUIRE_LOGIN
    return not django_settings.DEBUG if wanted is None else wanted


def may_watch(user: Any) -> bool:
    """Whether a user may watch; None, as where no middleware said who it is, is nobody."""
    return not needs_login() or bool(user is not None and user.is_authenticated)
