"""What producers are called, from the name under which the store knows them."""

from collections.abc import Iterable

from producers_api.models import ProducerToken


def names_of(producers: Iterable[str]) -> dict[str, str]:
    """Return `<token's name>`, or `<token's name> / <producer>` where it chose a name, for each whose token exists."""
    parts = {producer: producer.partition(":") for producer in producers}
    wanted = {int(token_id) for token_id, _, _ in parts.values() if token_id.isdecimal()}
    tokens = dict(ProducerToken.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return {
        producer: f"{tokens[int(token_id)]} / {name}" if name else tokens[int(token_id)]
        for producer, (token_id, _, name) in parts.items()
        if token_id.isdecimal() and int(token_id) in tokens
    }
