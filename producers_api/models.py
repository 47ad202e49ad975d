"""Producer tokens, stored as hashes."""

import hashlib
import secrets
from datetime import datetime
from typing import Self

from django.db import models

from broadcast.models import Revocable

PREFIX = "sticky_"


def digest_of(token: str) -> str:
    """Return the hash of a token.

    A plain SHA-256 suffices, because tokens are 256 random bits.
    """
    return hashlib.sha256(token.encode()).hexdigest()


class ProducerToken(Revocable):
    """A producer's credential, limited to event types. The token itself is displayed once, at its creation."""

    name = models.CharField(max_length=100, unique=True, help_text="Who sends with it.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=16, editable=False, help_text="The token's first characters.")
    event_types = models.JSONField(
        default=list, blank=True, help_text='What it may send, as ["model_metric", …]; empty: every event type.'
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    is_revoked = models.BooleanField(
        default=False,
        help_text="A revoked token opens no connection, and its open ones are closed within seconds."
        " It cannot be restored; make a new one.",
    )

    class Meta:
        ordering = ("name",)

    @classmethod
    def make(
        cls, name: str, event_types: list[str] | None = None, expires_at: datetime | None = None
    ) -> tuple[Self, str]:
        """Create and save a token; return the row, and the token itself, which cannot be read again."""
        row = cls(name=name, event_types=event_types or [], expires_at=expires_at)
        token = row.renew()
        row.save()
        return row, token

    def renew(self) -> str:
        """Return a new token, and set the fields that are derived from it, without saving."""
        token = PREFIX + secrets.token_urlsafe(32)
        self.digest, self.hint = digest_of(token), token[: len(PREFIX) + 4]
        return token
