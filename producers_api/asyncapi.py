"""The sockets as an AsyncAPI 3 document, generated from the table of event types.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from broadcast.delivery.flow_control import MAX_PER_S, MIN_PER_S
from broadcast.delivery.updates import PROTOCOL
from broadcast.events.event_type import EventType
from broadcast.events.schemas import bounds_of, example_of, parts_of, schema_of

VERSION = "3.0.0"
TEXT, NUMBER, WHOLE, SWITCH = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))


def document(kinds: Iterable[EventType], boards: Mapping[str, Sequence[str]], max_event_bytes: int) -> dict[str, Any]:
    """Return the document of a server with these event types and boards."""
    kinds = list(kinds)
    schemas = {part: schema for kind in kinds for part, schema in parts_of(kind).items()}
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Stickyboard",
            "version": f"{PROTOCOL}.0.0",
            "description": "A live dashboard that is never empty: typed events in, stored state and live changes out. "
            "What the fields mean and in which order messages come is in docs/reference/protocol.md.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "localhost:8000", "protocol": "ws", "description": "What make demo starts."}},
        "channels": {"produce": _produce(kinds), "board": _board(boards)},
        "operations": _operations(kinds),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A producer token."}},
            "messages": {
                **{kind.name: _event(kind, max_event_bytes) for kind in kinds},
                **{name: _message(name, *parts) for name, parts in PROTOCOL_MESSAGES.items()},
            },
            "schemas": schemas,
        },
    }


def _produce(kinds: list[EventType]) -> dict[str, Any]:
    names = [*(kind.name for kind in kinds), "batch", "acknowledged", "error"]
    return {
        "address": "/ws/produce/",
        "title": "Producers",
        "description": "Accepts events and acknowledges them. POST /api/events accepts the same.",
        "messages": _references(names),
        "bindings": {
            "ws": {
                "query": {
                    "type": "object",
                    "properties": {
                        "producer": {
                            **TEXT,
                            "maxLength": 120,
                            "description": "The name to which the sequence numbers belong.",
                        },
                        "protocol": {"const": str(PROTOCOL), "description": "May be left out."},
                    },
                }
            }
        },
    }


def _board(boards: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "address": "/ws/board/{board}/",
        "title": "Browsers",
        "description": "Sends the stored state, then live updates.",
        "parameters": {"board": {"description": "The board's name.", "enum": sorted(boards)}},
        "messages": _references(["hello", "update", "heartbeat", "acked", "pace", "resume", "mismatch"]),
        "bindings": {
            "ws": {
                "query": {
                    "type": "object",
                    "required": ["protocol"],
                    "properties": {
                        "protocol": {"const": str(PROTOCOL), "description": "The client's protocol number."},
                        "cursor": {
                            **TEXT,
                            "maxLength": 4096,
                            "description": "<type>:<epoch>:<revision>, joined by commas.",
                        },
                        "resume": {"const": "1", "description": "The cursor comes in the first message instead."},
                        "encoding": {
                            "const": "deflate",
                            "description": "Updates may be binary messages: the same JSON in the zlib format.",
                        },
                    },
                }
            }
        },
    }


def _operations(kinds: list[EventType]) -> dict[str, Any]:
    sent = [*(kind.name for kind in kinds), "batch"]
    return {
        "receiveEvents": {
            "action": "receive",
            "summary": "An event, an array of events, or a numbered batch.",
            "channel": {"$ref": "#/channels/produce"},
            "messages": _of_channel("produce", sent),
            "security": [{"$ref": "#/components/securitySchemes/token"}],
            "reply": {
                "channel": {"$ref": "#/channels/produce"},
                "messages": _of_channel("produce", ["acknowledged", "error"]),
            },
        },
        "sendUpdates": {
            "action": "send",
            "summary": "First hello, then the replay, then updates and heartbeats.",
            "channel": {"$ref": "#/channels/board"},
            "messages": _of_channel("board", ["hello", "update", "heartbeat"]),
        },
        "receiveAcknowledgements": {
            "action": "receive",
            "summary": "Acknowledgements, first the cursor if it is too long for the address, and mismatches.",
            "channel": {"$ref": "#/channels/board"},
            "messages": _of_channel("board", ["acked", "pace", "resume", "mismatch"]),
        },
    }


def _event(kind: EventType, max_event_bytes: int) -> dict[str, Any]:
    schema = schema_of(kind)
    return {
        "name": kind.name,
        "title": kind.title,
        "summary": schema["description"],
        "payload": schema,
        "examples": [{"name": kind.name, "payload": example_of(kind)}],
        "x-policy": bounds_of(kind, max_event_bytes),
    }


def _message(name: str, summary: str, schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": summary,
        "payload": {"type": "object", **schema},
        "examples": [{"name": name, "payload": example}],
    }


def _references(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _of_channel(channel: str, names: list[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]


def _fields(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"required": list(required), "properties": {**required, **optional}}


ENTRY = {
    "type": "array",
    "description": "key, lane, revision, when it was applied, value; null removes the entry",
    "items": [TEXT, TEXT, WHOLE, NUMBER, {}],
    "minItems": 5,
    "maxItems": 5,
}
SECTION = {
    "type": "object",
    **_fields(
        {"type": TEXT, "epoch": TEXT, "from": WHOLE, "to": WHOLE, "entries": {"type": "array", "items": ENTRY}},
        reset=SWITCH,
        floors={"type": "object", "additionalProperties": WHOLE},
        strides={"type": "object", "additionalProperties": WHOLE},
        dropped=WHOLE,
    ),
}
DIGEST = {**TEXT, "pattern": "^[0-9a-f]{8}$"}
CURSOR = {"type": "array", "items": [TEXT, WHOLE], "minItems": 2, "maxItems": 2}
METRIC = {"type": "model_metric", "model": "gbt", "macro_f1": 0.91}

# name -> (summary, schema, example)
PROTOCOL_MESSAGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "batch": (
        "A numbered batch; it may be resent and is applied once.",
        _fields({"seq": {**WHOLE, "minimum": 1}, "events": {"type": "array", "items": {"type": "object"}}}),
        {"seq": 41, "events": [METRIC]},
    ),
    "acknowledged": (
        "The events of a message are committed.",
        _fields({"op": {"const": "ack"}, "accepted": WHOLE}, seq=WHOLE),
        {"op": "ack", "seq": 41, "accepted": 1},
    ),
    "error": (
        "An event was refused or, without an index, a whole message.",
        _fields({"op": {"const": "error"}, "code": TEXT, "message": TEXT, "retry": SWITCH}, index=WHOLE, seq=WHOLE),
        {
            "op": "error",
            "code": "invalid_event",
            "message": 'expected `float`, got "12%" at $.macro_f1',
            "index": 0,
            "seq": 41,
            "retry": False,
        },
    ),
    "hello": (
        "The first message.",
        _fields(
            {
                "op": {"const": "hello"},
                "protocol": {"const": PROTOCOL},
                "board": TEXT,
                "server_time": NUMBER,
                "heartbeat_s": NUMBER,
                "window": {"type": "object", **_fields({"updates": WHOLE, "bytes": WHOLE})},
                "keyspaces": {"type": "object", "additionalProperties": {"type": "object"}},
                "layout": TEXT,
                "max_per_s": NUMBER,
            }
        ),
        {
            "op": "hello",
            "protocol": PROTOCOL,
            "board": "main",
            "server_time": 1790000000.0,
            "heartbeat_s": 15.0,
            "window": {"updates": 60, "bytes": 32768},
            "keyspaces": {"model_metric": {"policy": "last_value", "key": ["model"], "max_keys": 64}},
            "layout": "3fa94c01d2b7",
            "max_per_s": 60.0,
        },
    ),
    "update": (
        "Sections of one or more keyspaces; caught_up ends the replay.",
        _fields({"op": {"const": "update"}, "sections": {"type": "array", "items": SECTION}}, caught_up=SWITCH),
        {
            "op": "update",
            "caught_up": True,
            "sections": [
                {
                    "type": "model_metric",
                    "epoch": "9059c13b85",
                    "from": 0,
                    "to": 17,
                    "reset": True,
                    "entries": [["gbt", "", 17, 1790000000.0, METRIC]],
                }
            ],
        },
    ),
    "heartbeat": (
        "The connection is alive.",
        _fields(
            {
                "op": {"const": "heartbeat"},
                "server_time": NUMBER,
                "heads": {"type": "object", "additionalProperties": CURSOR},
                "digests": {"type": "object", "additionalProperties": DIGEST},
            }
        ),
        {
            "op": "heartbeat",
            "server_time": 1790000015.0,
            "heads": {"model_metric": ["9059c13b85", 17]},
            "digests": {"model_metric": "af9e71f0"},
        },
    ),
    "pace": (
        "How many updates per second the browser wants at most; null for all.",
        _fields(
            {
                "op": {"const": "pace"},
                "max_per_s": {"type": ["number", "null"], "minimum": MIN_PER_S, "maximum": MAX_PER_S},
            }
        ),
        {"op": "pace", "max_per_s": 1},
    ),
    "resume": (
        "The cursor, within 5 s of connecting with resume=1.",
        _fields(
            {"op": {"const": "resume"}, "cursor": {"type": "object", "additionalProperties": CURSOR}},
        ),
        {"op": "resume", "cursor": {"model_metric": ["9059c13b85", 17]}},
    ),
    "acked": (
        "How many updates the browser has received on this connection.",
        _fields({"op": {"const": "ack"}, "updates": WHOLE}),
        {"op": "ack", "updates": 30},
    ),
    "mismatch": (
        "The browser has other entries than a digest describes, and starts over.",
        _fields({"op": {"const": "mismatch"}, "type": TEXT, "expected": DIGEST, "found": DIGEST}),
        {"op": "mismatch", "type": "model_metric", "expected": "af9e71f0", "found": "00000000"},
    ),
}
