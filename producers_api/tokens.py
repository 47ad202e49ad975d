"""Who is sending: a bearer token in the Authorization header, and what it may send."""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from channels.db import aclose_old_connections
from django import db
from django.db import DatabaseError

from broadcast import close_codes
from broadcast.errors import AccountsUnavailable, NotAllowed, NotAuthorised
from broadcast.ops.connections import PRODUCER, Connections
from producers_api.models import ProducerToken, digest_of

log = logging.getLogger(__name__)

MAX_NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom a token belongs to. `allowed` is empty where it may send every event type."""

    token_id: int
    token_name: str
    allowed: frozenset[str]

    def check(self, event_type: str) -> None:
        """Raise NotAllowed unless the token may send this event type."""
        if self.allowed and event_type not in self.allowed:
            raise NotAllowed(event_type, self.token_name)

    def producer(self, name: str) -> str:
        """Return the name under which seqs are remembered: of the client's choosing, within its token."""
        kept = name if len(name) <= MAX_NAME_CHARACTERS else hashlib.sha256(name.encode()).hexdigest()
        return f"{self.token_id}:{kept}"


async def authenticate(authorization: str) -> Sender:
    """Return who sends.

    Args:
        authorization: the header's value, "" where there is none.

    Raises:
        NotAuthorised: there is no bearer token, or it is unknown, revoked or expired.
        AccountsUnavailable: the database cannot be asked now, as its disk is full, say.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthorised
    try:
        row = await ProducerToken.objects.filter(digest=digest_of(token.strip())).afirst()
    except db.Error as exc:
        log.warning("a token could not be looked up: %s", exc)  # not for a stranger: it may name hosts and files
        raise AccountsUnavailable from exc
    if row is None or not row.is_valid:
        raise NotAuthorised(has_token=True)
    return Sender(row.pk, row.name, frozenset(row.event_types))


log = logging.getLogger("producers_api.tokens")


def producer_names(producers: Iterable[str]) -> dict[str, str]:
    """Return `<token's name>`, or `<token's name> / <producer>` where it chose a name, for each whose token exists."""
    parts = {producer: producer.partition(":") for producer in producers}
    wanted = {int(token_id) for token_id, _, _ in parts.values() if token_id.isdecimal()}
    try:
        tokens = dict(ProducerToken.objects.filter(pk__in=wanted).values_list("pk", "name"))
    except DatabaseError as exc:  # names are a comfort; what is kept is shown without them, too
        log.warning("producers are not named: %s", exc)
        return {}
    return {
        producer: f"{tokens[int(token_id)]} / {name}" if name else tokens[int(token_id)]
        for producer, (token_id, _, name) in parts.items()
        if token_id.isdecimal() and int(token_id) in tokens
    }


log = logging.getLogger("producers_api.tokens")


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
