"""Helpers for tests of the reference producers: validation of events, and result files."""

import json
from pathlib import Path
from typing import Any

import msgspec

from dashboard_project.event_types import EVENT_TYPES
from stickyboard.encoding import encode_event

SCHEMAS = {kind.name: kind.schema for kind in EVENT_TYPES}


def check_event(event: dict[str, Any]) -> None:
    """Validate an event against the table."""
    msgspec.convert(msgspec.json.decode(encode_event(event)), SCHEMAS[event["type"]])


def write(folder: Path, name: str, results: object) -> None:
    """Write a result file, valid or not."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(results if isinstance(results, str) else json.dumps(results))
