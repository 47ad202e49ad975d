"""Ends open sockets whose token was revoked, has expired or was deleted, or may send other event types now.

In each round of `broadcast.ops.processes`, with one question to the database, and none while no producer is
connected. Where the database cannot be asked, sockets stay as they are until it can.
"""

import logging

from channels.db import aclose_old_connections
from django.db import DatabaseError

from broadcast import close_codes
from broadcast.ops.connections import PRODUCER, Connections
from producers_api.models import ProducerToken

log = logging.getLogger("producers_api.token_watch")


async def expel(connections: Connections) -> None:
    """End the sockets that would not be let in as they are, were they opened now."""
    peers = connections.of(PRODUCER)
    if not peers:
        return
    try:
        await aclose_old_connections()
        scopes = await _scopes({peer.socket.sender.token_id for peer in peers})
    except DatabaseError as exc:
        log.warning("tokens of open sockets were not looked at: %s", exc)
        return
    for peer in peers:
        sender = peer.socket.sender
        scope = scopes.get(sender.token_id)
        if scope is None:
            peer.socket.end(close_codes.NOT_AUTHORISED, "the token was revoked, or has expired")
        elif scope != sender.allowed:
            peer.socket.end(close_codes.DISCONNECTED, "what the token may send has changed; come back")


async def _scopes(token_ids: set[int]) -> dict[int, frozenset[str]]:
    """Return what each of these tokens may send; those that are not valid are left out."""
    rows = ProducerToken.objects.filter(pk__in=token_ids)
    return {row.pk: frozenset(row.event_types) async for row in rows if row.is_valid}
