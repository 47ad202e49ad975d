"""One client may have only a share of what a process takes, so that others still get in."""

from collections.abc import Iterable

from broadcast.conf import Settings
from broadcast.ops.connections import Connections


def share_of(limit: int, settings: Settings) -> int:
    """Return how much of a limit one client may have."""
    return max(1, int(limit * settings.MAX_SHARE))


def full_reason(
    connections: Connections, kind: str, owners: Iterable[str], limit: int, settings: Settings
) -> str | None:
    """Return why one more connection is refused, None where it is not; owners are its address, and its token."""
    if connections.count(kind) >= limit:
        return f"{limit} {kind}s are connected"
    share = share_of(limit, settings)
    taken = next((owner for owner in owners if connections.count_of(kind, owner) >= share), None)
    return taken and f'{taken} has {share} {kind}s connected (BROADCAST["MAX_SHARE"])'
