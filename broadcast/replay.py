"""A board's whole state as one frame, for pages and for whoever fetches it."""

from broadcast.frames import Frame, frame_of, section_of
from broadcast.runtime import runtime


async def replay_of(board: str) -> Frame:
    """Read everything that a board shows, at one instant.

    Raises:
        UnknownBoard: there is no such board.
        StoreError: it cannot be read now.
    """
    shared = runtime()
    names = shared.types_of(board)
    await shared.publisher.sweep()
    deltas = await shared.store.asince(dict.fromkeys(names))
    return frame_of([section_of(delta) for delta in deltas.values()], caught_up=True)
