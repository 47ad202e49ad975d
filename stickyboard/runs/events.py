"""The events of a run besides what it logs, and events as messages. Arguments may be anything."""

import json
import math
import secrets
from typing import Any, Final, Literal

import msgspec

from stickyboard.runs.problems import OnProblem
from stickyboard.runs.values import MAX_NAME, MAX_TEXT, MAX_WHOLE, number_of

Level = Literal["info", "warn", "alert"]
LEVELS: Final = ("info", "warn", "alert")
MAX_ALERT_S: Final = 7 * 86_400  # as long as a board stores alerts
MAX_PLAIN_BYTES: Final = 64_000  # below MAX_EVENT_BYTES of a server
MAX_BYTES: Final = {"run_image": 700_000, "run_table": 400_000}  # as `broadcast.runs` declares them

encode: Final = msgspec.json.Encoder(enc_hook=str).encode


def alert_event(run: str, title: Any, text: Any, level: Any, ttl_s: Any, now: float) -> dict[str, Any]:
    """Return an alert that expires; raise ValueError if an argument is wrong."""
    if level not in LEVELS:
        raise ValueError(f"the level is {level!r}; expected one of {', '.join(LEVELS)}")
    until = now + min(_number(ttl_s, "ttl_s", math.inf), MAX_ALERT_S)
    shared = {"type": "run_alert", "id": secrets.token_hex(8), "run": run, "level": level}
    return {**shared, "title": str(title)[:MAX_NAME] or level, "text": str(text)[:MAX_TEXT], "until": until}


def progress_event(run: str, label: Any, done: Any, total: Any, started: float) -> dict[str, Any]:
    """Return how much of a task is done; raise ValueError if an argument is wrong."""
    shared = {"type": "run_progress", "run": run, "label": f"{run} {label}"[: MAX_NAME + 40], "started": started}
    return {**shared, "done": _number(done, "done"), "total": None if total is None else _number(total, "total")}


def line_event(run: str, text: Any, level: Any, now: float) -> dict[str, Any]:
    shared = {"type": "run_log", "run": run, "level": str(level)[:MAX_NAME]}
    return {**shared, "text": str(text)[:MAX_TEXT], "time": now}


def messages_of(events: list[dict[str, Any]], on_problem: OnProblem) -> list[bytes]:
    """Encode events as one message; if they are large, as one each, without those that no board accepts."""
    message = _encoded(events)
    if len(message) <= MAX_PLAIN_BYTES:
        return [message]
    messages = []
    for event in events:
        part, limit = _encoded([event]), MAX_BYTES.get(event["type"], MAX_PLAIN_BYTES)
        if len(part) <= limit:
            messages.append(part)
        else:
            name = event.get("name", event["type"])
            on_problem(f"{name!r} has {len(part)} bytes and was not logged; the limit is {limit}", name)
    return messages


def _encoded(events: list[dict[str, Any]]) -> bytes:
    try:
        return encode(events)
    except UnicodeEncodeError:  # half of a character, as in the name of a file
        return json.dumps(events, ensure_ascii=False, separators=(",", ":"), default=str).encode(errors="replace")


def _number(value: Any, what: str, most: float = MAX_WHOLE) -> float:
    number = number_of(value)
    if number is None or not -most <= number <= most:
        raise ValueError(f"{what} is {value!r}; expected a finite number")
    return number
