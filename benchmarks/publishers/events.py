"""The events of the fan-out rows: numbered, stamped, and 200 bytes long."""

EVENT_BYTES = 200
GAUGE_KEYS = 7


def tick_text(n: int, t_us: int, size: int = EVENT_BYTES) -> bytes:
    """Return one event as JSON of exactly `size` bytes."""
    head = b'{"type":"tick","n":%d,"t":%d,"pad":"' % (n, t_us)
    return head + b"x" * (size - len(head) - 2) + b'"}'


def tick_fields(n: int, t_us: int, size: int = EVENT_BYTES) -> dict[str, object]:
    """Return the same event as fields without its type."""
    return {"n": n, "t": t_us, "pad": "x" * (size - len('{"type":"tick","n":,"t":,"pad":""}') - len(f"{n}{t_us}"))}


def gauge_fields(n: int, t_us: int) -> dict[str, object]:
    """Return a new value of one of 7 gauges."""
    return {"n": n, "t": t_us, "k": n % GAUGE_KEYS}


def entry_fields(n: int, t_us: int, entries: int = 100_000) -> dict[str, object]:
    """Return a new value of one of many entries, a different one each time."""
    return {"n": n, "t": t_us, "k": n * 7919 % entries, "pad": "x" * 140}


def detection_fields(n: int, t_us: int) -> dict[str, object]:
    """Return a cell of the lane of one host, as the lab's live loop sends it, with the generator's numbers."""
    return {"n": n, "t": t_us, "k": 0, "host_id": "host-1", "score": (n % 97) / 97, "alert": n % 97 > 80}
