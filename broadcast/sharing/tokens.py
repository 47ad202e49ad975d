"""The secret in the address of a share link: random, signed with SECRET_KEY, and stored as a hash.

A copy of the database opens nothing without SECRET_KEY, and SECRET_KEY opens nothing without the address. A forged
address is refused without a query.
"""

import hashlib
import secrets
from typing import Final

from django.core.signing import BadSignature, Signer

PREFIX: Final = "sticky_share_"  # logs hide what begins with "sticky_"
HINT_CHARACTERS: Final = len(PREFIX) + 4
MAX_CHARACTERS: Final = 200


def new_token() -> str:
    return str(_signer().sign(PREFIX + secrets.token_urlsafe(16)))


def digest_of(token: str) -> str | None:
    """Return what the database stores of a token; None if it was not signed here.

    A plain SHA-256 suffices, because tokens contain 128 random bits.
    """
    if len(token) > MAX_CHARACTERS:
        return None
    try:
        return hashlib.sha256(_signer().unsign(token).encode()).hexdigest()
    except BadSignature:
        return None


def _signer() -> Signer:
    return Signer(salt="stickyboard.share", sep=".")
