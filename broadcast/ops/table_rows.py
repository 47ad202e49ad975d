"""The table rows of keyspaces, entries, processes and connections, as printable texts for the admin and commands."""

from typing import Any

from broadcast.ops.display_text import age_text, bytes_text, count_text, printable_name, printable_text
from broadcast.ops.queries import KeyspaceSummary
from broadcast.types import Entry


def keyspace_row(summary: KeyspaceSummary, now: float, changed_by: str = "") -> dict[str, Any]:
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


def entry_row(entry: Entry, now: float, preview_characters: int) -> dict[str, Any]:
    value = entry.value or ""
    return {
        "key": printable_name(entry.key),
        "lane": printable_name(entry.lane) if entry.lane else "",
        "revision": entry.revision,
        "age": age_text(now - entry.at),
        "size_bytes": len(value.encode()),
        "preview": printable_text(value[:preview_characters]) + ("…" if len(value) > preview_characters else ""),
    }


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
