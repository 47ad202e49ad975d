"""Disconnects browsers whose session was logged out, has expired, or belongs to a deactivated user.

Each round of `broadcast.ops.processes` checks at most `MAX_SESSIONS` sessions in the same way as when a socket opens.
Nothing is checked if boards require no login. While the database is unavailable, sockets stay open.
"""

import logging
from importlib import import_module

from channels.auth import get_user
from django.conf import settings as django_settings
from django.db import DatabaseError

from broadcast import close_codes
from broadcast.ops.connections import BROWSER, Connections
from broadcast.permissions import may_view, needs_login

log = logging.getLogger("broadcast.sessions")

MAX_SESSIONS = 50  # per round


class SessionWatch:
    """A chore of `broadcast.ops.processes`, which checks all sessions in turn."""

    def __init__(self) -> None:
        self._rest: list[str] = []

    async def __call__(self, connections: Connections) -> None:
        """Disconnect browsers that may no longer view a board."""
        if not needs_login():
            return
        open_now = {peer.session_key: None for peer in connections.of(BROWSER) if peer.session_key}
        waiting = [key for key in self._rest if key in open_now] or list(open_now)
        self._rest = waiting[MAX_SESSIONS:]
        for key in waiting[:MAX_SESSIONS]:
            try:
                is_valid = await _may_view(key)
            except DatabaseError as exc:
                log.warning("sessions of open sockets could not be checked: %s", exc)
                return
            if not is_valid:
                _end(connections, key)


async def _may_view(session_key: str) -> bool:
    engine = import_module(django_settings.SESSION_ENGINE)
    return may_view(await get_user({"session": engine.SessionStore(session_key)}))


def _end(connections: Connections, session_key: str) -> None:
    for peer in connections.of(BROWSER):
        if peer.session_key == session_key:
            # A code that allows reconnecting: after a password change the user has a new session.
            peer.socket.end(close_codes.DISCONNECTED, "the session has ended; reconnect with the current one")
