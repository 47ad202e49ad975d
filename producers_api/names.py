"""What producers are called, from the name under which the store knows them."""

import logging
from collections.abc import Iterable

from django.db import DatabaseError

from producers_api.models import ProducerToken

log = logging.getLogger("producers_api.names")


def names_of(producers: Iterable[str]) -> dict[str, str]:
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
