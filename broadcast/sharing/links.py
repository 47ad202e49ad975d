"""Looks up share links, and disconnects browsers whose link was revoked or has expired."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from channels.db import aclose_old_connections
from django.db import DatabaseError
from django.utils import timezone

from broadcast import close_codes
from broadcast.conf import board_layouts, event_types
from broadcast.errors import LinkRefused
from broadcast.models import ShareLink
from broadcast.ops.connections import BROWSER, Connections
from broadcast.page.scenes import PlacedScene, placed, types_of
from broadcast.sharing.tokens import HINT_CHARACTERS, digest_of, new_token

log = logging.getLogger("broadcast.sharing")

DEFAULT_DAYS: Final = 30


class Opened(NamedTuple):
    """What a link opens: a board, or one of its scenes, and the event types of which it shows entries."""

    link_id: int
    board: str
    scenes: list[PlacedScene]
    is_whole: bool

    @property
    def name(self) -> str:
        """What the page is called; the link to a scene does not name the board."""
        return self.board if self.is_whole else self.scenes[0].name

    @property
    def event_types(self) -> tuple[str, ...]:
        if self.is_whole:
            return board_layouts()[self.board].types_of(event_types())
        return types_of(self.scenes)


def make_link(name: str, board: str, scene: str = "", *, expires_at: datetime | None = None) -> tuple[ShareLink, str]:
    """Create and save a link.

    Returns:
        The row, and the token, which cannot be read again.
    """
    link = ShareLink(name=name, board=board, scene=scene, expires_at=expires_at or default_expiry())
    token = give_token(link)
    link.save()
    return link, token


def give_token(link: ShareLink) -> str:
    """Set the fields that are derived from a new token, without saving, and return the token."""
    token = new_token()
    link.digest, link.hint = digest_of(token) or "", token[:HINT_CHARACTERS]
    return token


def default_expiry() -> datetime:
    return datetime.now(UTC) + timedelta(days=DEFAULT_DAYS)


async def opened_by(token: str) -> Opened | None:
    """Return what a token opens now; None if it is not valid, or its board or scene no longer exists."""
    digest = digest_of(token)
    if digest is None:
        return None
    await aclose_old_connections()
    link = await ShareLink.objects.filter(digest=digest).afirst()
    return view_of(link) if link is not None and link.is_valid else None


def view_of(link: ShareLink) -> Opened | None:
    """Return what a link names; None if its board or scene is no longer declared."""
    if link.board not in board_layouts():
        return None
    scenes = placed(board_layouts()[link.board], event_types())
    shown = [scene for scene in scenes if not link.scene or scene.name == link.scene]
    return Opened(link.pk, link.board, shown, not link.scene) if shown else None


async def expel(connections: Connections) -> None:
    """Disconnect browsers whose link was revoked or deleted, or has expired. Runs in each round of `ops.processes`."""
    peers = [peer for peer in connections.of(BROWSER) if peer.socket.link_id is not None]
    if not peers:
        return
    try:
        await aclose_old_connections()
        rows = ShareLink.objects.filter(is_revoked=False, expires_at__gt=timezone.now())
        valid = {pk async for pk in rows.values_list("pk", flat=True)}
    except DatabaseError as exc:
        log.warning("the share links of open sockets could not be looked up: %s", exc)
        return
    for peer in peers:
        if peer.socket.link_id not in valid:
            peer.socket.end(close_codes.NOT_AUTHORISED, str(LinkRefused()))
