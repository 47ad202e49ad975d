"""Stickyboard's reusable core: stores what producers send and displays all of it in every browser.

Read it in the order in which an event travels:

1. `events`: event types, policies and validation                                                        (no I/O)
2. `stores`: the store, and the operation that everything depends on, `since(cursor)`; start with `stores/base`
3. `delivery/publisher`: collects events for one tick, applies them, and sends one update per board
4. `delivery/updates`: the text that is sent to browsers                                                 (no I/O)
5. `delivery/local_layer`: the channel layer of one process
6. `delivery/replica` and `keyspace_copy`: the copy of a board that answers every browser      (no I/O)
7. `delivery/fanout` and `group_member`: apply updates to it, and deliver them to all browsers of a board
8. `delivery/browser_messages` and `flow_control`: what a browser sends, and what it may be sent         (no I/O)
9. `browser` and `consumers`: what one browser is sent, and its socket
10. `delivery/store_reader`: brings a replica up to the store
11. `delivery/reconcile`: finds silently lost messages, removes expired entries, and sends heartbeats
12. `shutdown`, `sessions`: graceful shutdown, and sessions that have ended
13. `publishing`, `live`: events from a project's own views, signals, tasks and commands, and rows of its models
14. `ops`: connections, counters and processes
15. `page`, `views`, `admin`, `management`: what people see

`types` has the shared data types, `errors` the error tree, `conf` the settings, `runtime` one of each per event loop.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broadcast.publishing.progress import progress
    from broadcast.publishing.publish_functions import apublish, publish, publish_many

__all__ = ["apublish", "progress", "publish", "publish_many"]


def __getattr__(name: str) -> Any:
    """Import the functions for projects at their first use, because they need Django."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from broadcast.publishing import progress, publish_functions

    return getattr(progress if name == "progress" else publish_functions, name)
