"""Ends browsers' sockets whose session has ended: by logging out, by age, or as its user may log in no more.

In each round of `broadcast.ops.processes`, for at most `MOST` sessions, each asked for as when a socket opens;
the others follow in the next rounds. Nothing is asked where boards need no login. Where the database
cannot be asked, sockets stay as they are until it can.
"""

import logging
from importlib import import_module

from channels.auth import get_user
from django.conf import settings as django_settings
from django.db import DatabaseError

from broadcast import close_codes
from broadcast.ops.connections import BROWSER, Connections
from broadcast.permissions import may_watch, needs_login

log = logging.getLogger("broadcast.sessions")

MOST = 50


class SessionWatch:
    """A chore of `broadcast.ops.processes`; it remembers which sessions it has yet to ask for."""

    def __init__(self) -> None:
        self._rest: list[str] = []

    async def __call__(self, connections: Connections) -> None:
        """End the browsers that would not be let in, were they to come now."""
        if not needs_login():
            return
        open_now = {peer.session_key: None for peer in connections.of(BROWSER) if peer.session_key}
        waiting = [key for key in self._rest if key in open_now] or list(open_now)
        self._rest = waiting[MOST:]
        for key in waiting[:MOST]:
            try:
                is_valid = await _may_watch(key)
            except DatabaseError as exc:
                log.warning("sessions of open sockets were not looked at: %s", exc)
                return
            if not is_valid:
                _end(connections, key)


async def _may_watch(session_key: str) -> bool:
    engine = import_module(django_settings.SESSION_ENGINE)
    return may_watch(await get_user({"session": engine.SessionStore(session_key)}))


def _end(connections: Connections, session_key: str) -> None:
    for peer in connections.of(BROWSER):
        if peer.session_key == session_key:
            # To come back: a new password gives its user another session, and whoever has none is told then.
            peer.socket.end(close_codes.DISCONNECTED, "the session has ended; come back with the one you have now")
