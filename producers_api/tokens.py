"""Bearer tokens: authentication, permitted event types, and disconnection after a change."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from channels.db import aclose_old_connections
from django import db
from django.db import DatabaseError

from broadcast import close_codes
from broadcast.errors import AccountsUnavailable, NotAllowed, NotAuthorised
from broadcast.ops.connections import PRODUCER, Connections
from broadcast.stores.private_files import write_private
from producers_api.models import ProducerToken, digest_of

log = logging.getLogger(__name__)

MAX_NAME_CHARACTERS = 120
OF_THIS_MACHINE = "this machine"  # the name of the token that `stickyboard serve` and the demo store


@dataclass(frozen=True, slots=True)
class Sender:
    """The holder of a token. An empty `allowed` permits every event type."""

    token_id: int
    token_name: str
    allowed: frozenset[str]

    def check(self, event_type: str) -> None:
        """Raise NotAllowed unless the token may send this event type."""
        if self.allowed and event_type not in self.allowed:
            raise NotAllowed(event_type, self.token_name)

    def producer(self, name: str) -> str:
        """Return the name under which sequence numbers are stored: the client's own, within its token."""
        short = name if len(name) <= MAX_NAME_CHARACTERS else hashlib.sha256(name.encode()).hexdigest()
        return f"{self.token_id}:{short}"


Authenticate = Callable[[str], Awaitable[Sender]]


async def authenticate(authorization: str) -> Sender:
    """Look up the holder of a token.

    Args:
        authorization: the value of the header, "" if it is missing.

    Raises:
        NotAuthorised: there is no bearer token, or it is unknown, revoked or expired.
        AccountsUnavailable: the database is unavailable (for example, its disk is full).
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthorised
    await aclose_old_connections()  # as Channels does in its dispatch, which no consumer here uses
    try:
        row = await ProducerToken.objects.filter(digest=digest_of(token.strip())).afirst()
    except db.Error as exc:
        log.warning("a token could not be looked up: %s", exc)  # not sent to the client: it may name hosts and files
        raise AccountsUnavailable from exc
    if row is None or not row.is_valid:
        raise NotAuthorised(has_token=True)
    return Sender(row.pk, row.name, frozenset(row.event_types))


def stored_token(path: Path) -> str:
    """Return the token that a board on this machine stores in a file; create it if it is missing or not valid."""
    token = path.read_text() if path.exists() else ""
    row = ProducerToken.objects.filter(digest=digest_of(token)).first()
    if row is not None and row.is_valid:
        return token
    ProducerToken.objects.filter(name=OF_THIS_MACHINE).delete()
    _, token = ProducerToken.make(OF_THIS_MACHINE)
    write_private(path, token)
    return token


def producer_names(producers: Iterable[str]) -> dict[str, str]:
    """Return `<token's name>`, or `<token's name> / <producer>` for a named producer, if its token exists."""
    parts = {producer: producer.partition(":") for producer in producers}
    wanted = {int(token_id) for token_id, _, _ in parts.values() if token_id.isdecimal()}
    try:
        tokens = dict(ProducerToken.objects.filter(pk__in=wanted).values_list("pk", "name"))
    except DatabaseError as exc:  # the entries are displayed without names
        log.warning("producers are not named: %s", exc)
        return {}
    return {
        producer: f"{tokens[int(token_id)]} / {name}" if name else tokens[int(token_id)]
        for producer, (token_id, _, name) in parts.items()
        if token_id.isdecimal() and int(token_id) in tokens
    }


async def expel(connections: Connections) -> None:
    """Disconnect producers whose token was revoked, has expired, or permits other event types now."""
    peers = connections.of(PRODUCER)
    if not peers:
        return
    try:
        await aclose_old_connections()
        scopes = await _scopes({peer.socket.sender.token_id for peer in peers})
    except DatabaseError as exc:
        log.warning("the tokens of open sockets could not be looked up: %s", exc)
        return
    for peer in peers:
        sender = peer.socket.sender
        scope = scopes.get(sender.token_id)
        if scope is None:
            peer.socket.end(close_codes.NOT_AUTHORISED, "the token was revoked, or has expired")
        elif scope != sender.allowed:
            peer.socket.end(close_codes.DISCONNECTED, "the event types of the token have changed; reconnect")


async def _scopes(token_ids: set[int]) -> dict[int, frozenset[str]]:
    """Return the permitted event types of each valid token."""
    rows = ProducerToken.objects.filter(pk__in=token_ids)
    return {row.pk: frozenset(row.event_types) async for row in rows if row.is_valid}
