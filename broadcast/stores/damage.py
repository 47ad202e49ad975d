"""What is said of an entry that somebody else wrote into the store, and that is no JSON. Pure."""

from broadcast.errors import StoreUnusable


def not_json(keyspace: str, key: str | None, why: Exception, *, can_remove: bool = False) -> StoreUnusable:
    """Return the error for an entry that cannot be read.

    Args:
        key: None where it is not known which it is.
        can_remove: whether the store can remove it alone.
    """
    named = "an entry" if key is None else f'entry "{key}"'
    which = f" --key {key}" if can_remove and key is not None else ""
    mend = f"remove it: manage.py clear_sticky {keyspace}{which}; look for more: manage.py check_sticky"
    return StoreUnusable(f"{named} of keyspace {keyspace} has a value that is no JSON ({why})", mend)
