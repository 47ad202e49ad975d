"""Who is sending: a bearer token in the Authorization header, and what it may send."""

import hashlib
import logging
from dataclasses import dataclass

from django import db

from broadcast.errors import AccountsUnavailable, NotAllowed, NotAuthorised
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
