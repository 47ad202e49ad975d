"""Bounds how often a password may be guessed: at the boards' login, and at the admin's.

Tries at one account from one address are counted before the password is looked at, so that guesses which come
at once are all counted, and one too many costs no hashing. A login that succeeds forgets them: in a hall that
shares an account and an address, those who misspell it lock nobody out, while who guesses never gets that far.
Elsewhere the account's owner logs in as before, whatever is tried from the address that guesses.
"""

import hashlib
import logging
from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from broadcast.ops.shares import network_of

MAX_TRIES: Final = 10
SPAN_S: Final = 900  # from the first try
CACHE: Final = "logins"

log = logging.getLogger("broadcast.page.login_throttle")


class BoundedBackend(ModelBackend):
    """Django's accounts, with so many tries at a password for an account, an address and a process."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the user, or None where name and password do not fit.

        Raises:
            ValidationError: it was tried too often; Django's login forms show what it says.
        """
        if request is None:  # not over the network
            return super().authenticate(request, username, password, **kwargs)
        address = network_of(request.META.get("REMOTE_ADDR") or "")
        key = hashlib.sha256(f"{address} {username}".encode()).hexdigest()
        tries = count_try(key)
        if tries > MAX_TRIES:
            if tries == MAX_TRIES + 1:
                log.warning("%r was tried %d times from %s; refused for up to %d s", username, tries, address, SPAN_S)
            raise ValidationError(f"Too many tries. Come back in {SPAN_S // 60} minutes.", code="too_many_tries")
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            caches[CACHE].delete(key)
        return user


def count_try(key: str) -> int:
    """Return how many tries there were within the span, with this one."""
    tries = caches[CACHE]
    while True:
        if tries.add(key, 1, SPAN_S):
            return 1
        try:
            return int(tries.incr(key))
        except ValueError:  # its span ended in between
            continue
