"""Limits failed logins, at the boards' login and the admin's.

Attempts are counted per account and client address before the password is checked. So concurrent attempts are all
counted, and an attempt over the limit costs no hashing. A successful login resets the count, so users who share an
account and an address do not lock one another out. The limit does not apply to the account at other addresses.
"""

import hashlib
import logging
from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from broadcast.ops.client_limits import network_of

MAX_ATTEMPTS: Final = 10
SPAN_S: Final = 900  # from the first attempt
CACHE: Final = "logins"

log = logging.getLogger("broadcast.page.login_throttle")


class BoundedBackend(ModelBackend):
    """Django's accounts, with a limit on attempts per account, address and process."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the user, or None if name or password is wrong.

        Raises:
            ValidationError: the limit is exceeded. Django's login forms show its message.
        """
        if request is None:  # not a login over HTTP
            return super().authenticate(request, username, password, **kwargs)
        address = network_of(request.META.get("REMOTE_ADDR") or "")
        key = hashlib.sha256(f"{address} {username}".encode()).hexdigest()
        attempts = count_attempt(key)
        if attempts > MAX_ATTEMPTS:
            if attempts == MAX_ATTEMPTS + 1:
                log.warning(
                    "refused %r after %d login attempts from %s, for up to %d s", username, attempts, address, SPAN_S
                )
            raise ValidationError(f"Too many attempts. Try again in {SPAN_S // 60} minutes.", code="too_many_attempts")
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            caches[CACHE].delete(key)
        return user


def count_attempt(key: str) -> int:
    """Return the number of attempts within the span, including this one."""
    attempts = caches[CACHE]
    while True:
        if attempts.add(key, 1, SPAN_S):
            return 1
        try:
            return int(attempts.incr(key))
        except ValueError:  # the span ended between the two calls
            continue
