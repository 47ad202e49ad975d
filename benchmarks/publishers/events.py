"""The events of the rows: numbered, stamped, and as varied as those of a lab, so that compression has a fair task.

Detections, losses and host metrics take turns. Their digits are drawn once, from a fixed seed, so that each peer
publishes the same events, and publishing one costs no more than joining texts.
"""

import json
import random
from collections.abc import Mapping
from typing import Any, Final

EVENT_BYTES = 200
GAUGE_KEYS = 7
VARIANTS: Final = 2048  # 0.3 MB apart, ten times the window of deflate, so that a repetition does not help it
NOTE_CHARACTERS: Final = 65_536

_rng = random.Random(18)


def _detection() -> dict[str, Any]:
    box = [_rng.randrange(1920), _rng.randrange(1080), _rng.randrange(16, 400), _rng.randrange(16, 300)]
    label = _rng.choice(("car", "person", "bicycle", "truck", "dog"))
    return {"camera": f"gate-{_rng.randrange(12)}", "label": label, "score": round(_rng.random(), 4), "box": box}


def _loss() -> dict[str, Any]:
    rates = {"loss": round(_rng.expovariate(4), 5), "grad_norm": round(_rng.expovariate(1), 3)}
    return {"run": f"resnet-{_rng.randrange(40)}", "step": _rng.randrange(100_000), **rates, "lr": 0.0003}


def _host() -> dict[str, Any]:
    use = {"cpu": round(_rng.uniform(0, 100), 1), "rss_mb": _rng.randrange(64_000), "rx_kb": _rng.randrange(10**6)}
    return {"host": f"node-{_rng.randrange(64):02}", **use, "load": [round(_rng.uniform(0, 8), 2) for _ in range(3)]}


def _sentence() -> str:
    what = _rng.choice(("batch", "window", "shard", "request", "frame", "checkpoint"))
    done = _rng.choice(("read", "scored", "written", "retried", "dropped", "queued"))
    return f"{what} {_rng.randrange(10_000)} {done} in {_rng.uniform(0, 90):.2f} ms on worker {_rng.randrange(32)}. "


def _notes() -> str:
    text = ""
    while len(text) < NOTE_CHARACTERS:
        text += _sentence()
    return text


FIELDS: Final = [kind() for _ in range(VARIANTS // 3) for kind in (_detection, _loss, _host)]
_NOTES: Final = _notes()


def _note(variant: int, length: int) -> str:
    start = variant * 131 % (NOTE_CHARACTERS // 2)
    return _NOTES[start : start + length]


def _rest(variant: int, length: int) -> str:
    fields = json.dumps(FIELDS[variant], separators=(",", ":"))[1:-1]
    return f'{fields},"note":"{_note(variant, length)}'


# What follows the numbers of an event; its end is cut off, so that each event has its size.
_RESTS: Final = [_rest(variant, EVENT_BYTES).encode() for variant in range(len(FIELDS))]
_SHORTEST: Final = [len(_rest(variant, 0)) for variant in range(len(FIELDS))]


def tick_text(n: int, t_us: int, size: int = EVENT_BYTES) -> bytes:
    """Return one event as JSON of exactly `size` bytes."""
    variant, head = n % len(FIELDS), b'{"type":"tick","n":%d,"t":%d,' % (n, t_us)
    rest = _RESTS[variant] if size <= EVENT_BYTES else _rest(variant, size).encode()
    return head + rest[: size - len(head) - 2] + b'"}'


def tick_fields(n: int, t_us: int, size: int = EVENT_BYTES) -> dict[str, object]:
    """Return the same event as fields without its type."""
    variant = n % len(FIELDS)
    length = size - len('{"type":"tick","n":,"t":,"}') - len(f"{n}{t_us}") - _SHORTEST[variant]
    return {"n": n, "t": t_us, **FIELDS[variant], "note": _note(variant, length)}


def gauge_fields(n: int, t_us: int) -> dict[str, object]:
    """Return a new value of one of 7 gauges."""
    return {"n": n, "t": t_us, "k": n % GAUGE_KEYS}


def entry_fields(n: int, t_us: int, entries: int = 100_000) -> dict[str, object]:
    """Return a new value of one of many entries, a different one each time."""
    return {"n": n, "t": t_us, **entry_of(n * 7919 % entries)}


def entry_of(k: int) -> Mapping[str, Any]:
    """Return the value of one of many entries, about 160 bytes."""
    return {"k": k, **FIELDS[k % len(FIELDS)], "note": _note(k, 60)}


def detection_fields(n: int, t_us: int) -> dict[str, object]:
    """Return a cell of the lane of one host, as the lab's live loop sends it, with the generator's numbers."""
    return {"n": n, "t": t_us, "k": 0, "host_id": "host-1", "score": (n % 97) / 97, "alert": n % 97 > 80}
