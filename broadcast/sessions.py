"""Disconnects browsers that may no longer view their board: the session has ended, or the permission was withdrawn.

Each round of `broadcast.ops.processes` checks sessions in the same way as when a socket opens, for `CHECK_S` at most.
Browsers of public boards are not checked. While the database is unavailable, sockets stay open.
"""

import logging
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from channels.auth import get_user
from django.conf import settings as django_settings
from django.db import DatabaseError
from django.http import HttpRequest

from broadcast import close_codes
from broadcast.ops.connections import BROWSER, Connections, Peer
from broadcast.permissions import anonymous, function_of, is_public, may_view, permission_of

log = logging.getLogger("broadcast.sessions")

MAX_SESSIONS = 500  # per round
CHECK_S = 0.5  # per round; the database has other work

Checked = tuple[str | None, str, str]  # the session, the board, and the browser where a function decides by its request


class SessionWatch:
    """A chore of `broadcast.ops.processes`, which checks all sessions in turn.

    Args:
        clock: monotonic seconds. Tests pass it.
        at_once: the sessions that a round checks at most.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, at_once: int = MAX_SESSIONS) -> None:
        self._clock, self._at_once = clock, at_once
        self._rest: list[Checked] = []

    async def __call__(self, connections: Connections) -> None:
        open_now: dict[Checked, list[Peer]] = {}
        for peer in connections.of(BROWSER):
            if checked := _checked(peer):
                open_now.setdefault(checked, []).append(peer)
        waiting = [checked for checked in self._rest if checked in open_now] or list(open_now)
        ends_at = self._clock() + CHECK_S
        for count, checked in enumerate(waiting):
            self._rest = waiting[count:]
            if count >= self._at_once or self._clock() >= ends_at:
                return
            try:
                is_permitted = await _may_view(*checked, open_now[checked][0])
            except DatabaseError as exc:
                log.warning("sessions of open sockets could not be checked: %s", exc)
                return
            for peer in [] if is_permitted else open_now[checked]:
                # A code that allows reconnecting: after a password change the user has a new session.
                peer.socket.end(close_codes.DISCONNECTED, "the session has ended; reconnect with the current one")
        self._rest = []


def _checked(peer: Peer) -> Checked | None:
    """Return what has to be checked for a browser, None for nothing."""
    board = peer.socket.board
    if is_public(board) or peer.socket.link_id is not None:  # `sharing.links` checks those with a link
        return None
    if function_of(permission_of(board)):
        return peer.session_key, board, peer.id
    return (peer.session_key, board, "") if peer.session_key else None


async def _may_view(session_key: str | None, board: str, browser: str, peer: Peer) -> bool:
    request: Any = peer.socket.request if browser else HttpRequest()
    request.user = anonymous()
    if session_key:
        request.session = import_module(django_settings.SESSION_ENGINE).SessionStore(session_key)
        request.user = await get_user({"session": request.session})
    return await sync_to_async(may_view)(board, request)
