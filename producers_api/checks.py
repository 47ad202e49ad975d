"""System checks of the producer tokens."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from producers_api.models import ProducerToken


@register(Tags.security, deploy=True)
def check_tokens(**_: Any) -> Iterator[CheckMessage]:
    """E001: tokens cannot be looked up, so every producer would be refused."""
    try:
        ProducerToken.objects.exists()
    except DatabaseError as exc:
        hint = "Run manage.py migrate. If that does not help, check DATABASES."
        yield Error(f"producer tokens cannot be looked up: {exc}", hint=hint, id="stickyboard_producers.E001")
