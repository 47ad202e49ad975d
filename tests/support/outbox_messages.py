"""Messages that a producer's outbox sends, and replies of a server."""

from typing import Any

import msgspec

from stickyboard.outbox import Outbox


def sent(outbox: Outbox) -> list[tuple[int, list[int]]]:
    """Return (seq, numbers) of every message that can be sent now."""
    messages = []
    while (text := outbox.next_message()) is not None:
        message = msgspec.json.decode(text)
        messages.append((message["seq"], [event["n"] for event in message["events"]]))
    return messages


def reply(op: str, seq: int | None, **more: Any) -> bytes:
    return msgspec.json.encode({"op": op, "seq": seq, **more})
