"""The table rows of keyspaces, entries, processes and connections in the admin, as printable texts."""

from datetime import UTC, datetime
from typing import Any

from broadcast.ops.queries import (
    KeyspaceSummary,
    age_text,
    bytes_text,
    count_text,
    printable_name,
    printable_text,
    printable_value,
)
from broadcast.types import Entry

PREVIEW_CHARACTERS = 60


def keyspace_row(summary: KeyspaceSummary, now: float, changed_by: str) -> dict[str, Any]:
    stats = summary.stats
    return {
        "name": printable_name(summary.name),
        "title": summary.title,
        "policy": summary.policy_text,
        "size": summary.size,
        "lanes": stats.lanes,
        "bytes": bytes_text(stats.size_bytes),
        "evicted": stats.evicted,
        "revision": summary.head.revision,
        "epoch": summary.head.epoch,
        "age": "" if summary.newest_at is None else age_text(now - summary.newest_at),
        "changed": "" if stats.changed_at is None else age_text(now - stats.changed_at),
        "changed_by": printable_name(changed_by) if changed_by else "",
    }


def entry_row(entry: Entry, now: float, most_characters: int) -> dict[str, Any]:
    """Return the row of an entry; its value is cut after `most_characters`."""
    value = entry.value or ""
    return {
        "key": printable_name(entry.key),
        "lane": printable_name(entry.lane) if entry.lane else "",
        "revision": entry.revision,
        "age": age_text(now - entry.at),
        "at": datetime.fromtimestamp(entry.at, UTC),
        "size_bytes": len(value.encode()),
        "preview": printable_text(value[:PREVIEW_CHARACTERS]) + ("…" if len(value) > PREVIEW_CHARACTERS else ""),
        "value": printable_value(value, most_characters),
    }


def removal_text(summary: KeyspaceSummary) -> str:
    title = f" ({summary.title})" if summary.title else ""
    return (
        f"{printable_name(summary.name)}{title}: {count_text(summary.size, 'entry is removed', 'entries are removed')}."
    )


def process_row(report: dict[str, Any], now: float) -> dict[str, Any]:
    browsers, lagging = sum(report["browsers"].values()), sum(report["lagging"].values())
    memory = report["memory_bytes"]
    return {
        "process": printable_name(report["process"]),
        "up": age_text(now - report["started_at"]),
        "reported": age_text(now - report["at"]),
        "browsers": browsers,
        "lagging": lagging,
        "producers": report["producers"],
        "tick_ms": round(report["tick_s"] * 1000, 1),
        "pending": report["pending_events"],
        "memory": bytes_text(memory) if memory is not None else "",
        "state": "shutting down" if report["is_draining"] else "serving",
    }


def browser_row(facts: dict[str, Any], process: str, now: float) -> dict[str, Any]:
    state = "lagging" if facts["is_lagging"] else "up to date"
    what = f"{count_text(facts['updates'], 'update', 'updates')}, {bytes_text(facts['bytes'])}"
    return {**_peer_row(facts, process, now), "kind": "browser", "of": facts["board"], "what": what, "state": state}


def producer_row(facts: dict[str, Any], process: str, now: float) -> dict[str, Any]:
    name = f"{facts['token']} / {facts['producer']}" if facts["producer"] else facts["token"]
    state = f"sent {age_text(now - facts['last_at'])} ago" if facts["last_at"] else "has sent nothing"
    what = f"{count_text(facts['accepted'], 'event', 'events')} accepted"
    return {
        **_peer_row(facts, process, now),
        "kind": "producer",
        "of": printable_name(name),
        "what": what,
        "state": state,
    }


def _peer_row(facts: dict[str, Any], process: str, now: float) -> dict[str, Any]:
    return {
        "id": facts["id"],
        "process": printable_name(process),
        "address": printable_text(facts["address"]),
        "agent": printable_text(facts["agent"]),
        "open": age_text(now - facts["since"]),
    }
