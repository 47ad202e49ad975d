"""Whether a user may watch boards, according to BROADCAST["REQUIRE_LOGIN"]."""

from typing import Any

from django.conf import settings as django_settings

from broadcast.conf import settings


def needs_login() -> bool:
    """Whether boards require a login; by default, if DEBUG is off."""
    wanted = settings().REQUIRE_LOGIN
    return not django_settings.DEBUG if wanted is None else wanted


def may_view(user: Any) -> bool:
    """Whether a user may watch; None (no authentication middleware) is an anonymous user."""
    return not needs_login() or bool(user is not None and user.is_authenticated)
