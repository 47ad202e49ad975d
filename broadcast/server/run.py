"""Starts uvicorn with the limits of this package."""

import contextlib
import os
from typing import Any, Final

import uvicorn

from broadcast.conf import settings

HTTP: Final = "broadcast.server.http:HTTPProtocol"
WEBSOCKET: Final = "broadcast.server.websocket:WebSocketProtocol"
SHUTDOWN_S: Final = 3  # after DRAIN_S, for requests in progress


def serve(
    application: str,
    *,
    root_path: str = "",
    workers: int = 1,
    log_level: str = "warning",
    access_log: bool = False,
    **options: Any,
) -> None:
    """Serve an ASGI application until the process receives a termination signal.

    Args:
        application: `module:name`.
        root_path: the prefix at which a proxy serves the application, such as `/board`.
        options: uvicorn's, such as `host`, `port`, `uds` and `fd`. Unless `forwarded_allow_ips` or the variable
            FORWARDED_ALLOW_IPS names proxies, none is trusted.
    """
    raise_file_limit()
    # uvicorn reads the variable itself, and would otherwise trust every program on this machine.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    uvicorn.run(
        application,
        root_path=root_path.rstrip("/"),
        workers=workers,
        http=HTTP,
        ws=WEBSOCKET,
        # Twice the application's limit, so that it can answer a message in between with `message_too_large`.
        ws_max_size=2 * settings().MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        # Django's LOGGING configures uvicorn's loggers too.
        log_config=None,
        log_level=log_level,
        access_log=access_log,
        **options,
    )


def raise_file_limit() -> None:
    """Raise the process's limit of open files to the maximum; `connection_gate` refuses connections above it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
