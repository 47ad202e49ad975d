"""Actions as JSON, one in a line of a history's file."""

from typing import Any

from tests.support.exploration.system import Action

ARGUMENTS = {
    "connect": ("browser", "process"),
    "receive": ("browser",),
    "disconnect": ("browser",),
    "deliver": ("process", "message"),
    "deliver twice": ("process", "message"),
    "deliver without text": ("process", "message"),
    "begin read": ("process",),
    "end read": ("process",),
    "end old read": ("process",),
    "crash": ("process",),
    "remove": ("keyspace", "key"),
    "clear": ("keyspace",),
    "restore": (),
    "failover": (),
    "wait": (),
    "resend": (),
}
CHANGES = {"write", "remove", "clear", "restore", "failover", "wait", "resend"}


def to_json(action: Action) -> dict[str, Any]:
    """Return an action with the names of its arguments."""
    name, *arguments = action[1:] if action[0] == "change" else action
    if name == "write":
        return {"action": name, "events": [list(event) for event in arguments]}
    return {"action": name, **dict(zip(ARGUMENTS[name], arguments, strict=True))}


def from_json(line: dict[str, Any]) -> Action:
    """Return the action in a line."""
    name = line["action"]
    events = tuple(tuple(event) for event in line.get("events", ()))
    arguments = events if name == "write" else tuple(line[argument] for argument in ARGUMENTS[name])
    return ("change", name, *arguments) if name in CHANGES else (name, *arguments)
