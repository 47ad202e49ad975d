"""Starts the server with all options set."""

import logging
import os
import socket
from collections.abc import Mapping
from typing import Any

from django.conf import settings as django_settings
from django.core.management.base import CommandError, CommandParser

from broadcast.checks.runserver import application_problem
from broadcast.checks.static_files import static_problem
from broadcast.conf import settings
from broadcast.management.command import StickyCommand
from broadcast.ops.log_format import JSONFormatter
from broadcast.server.ports import check_port, port_number

log = logging.getLogger("broadcast.server")


class Command(StickyCommand):
    is_server = True
    help = (
        "Serves the boards with uvicorn, with limits on each connection. Several processes on one machine share the"
        " store's file; several machines share a Redis. Listens on this machine only, unless --host is another address."
    )
    examples = (
        "manage.py serve",
        "manage.py serve --host 0.0.0.0 --port 9000",
        "manage.py serve --fd 3",
        "manage.py serve --uds /run/stickyboard.sock --root-path /board",
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        address = parser.add_mutually_exclusive_group()
        address.add_argument("--host", default="127.0.0.1", help="Address to listen on; default: this machine only.")
        address.add_argument("--uds", metavar="PATH", help="Unix socket to listen on.")
        address.add_argument("--fd", type=int, help="Listening socket that was passed in, such as 3 under systemd.")
        parser.add_argument("--port", type=port_number, default=8000, help="Port to listen on; default: 8000.")
        parser.add_argument("--root-path", default="", help="Path at which a proxy mounts the boards, such as /board.")
        parser.add_argument(
            "--forwarded-allow-ips",
            metavar="ADDRESSES",
            help="Proxies whose X-Forwarded-For is trusted, or *; default: FORWARDED_ALLOW_IPS, else none.",
        )
        parser.add_argument(
            "--workers", type=int, help="Processes to start; default: WEB_CONCURRENCY (the setting PROCESSES), else 1."
        )
        parser.add_argument("--access-log", action="store_true", help="Log each request; needs --log-level info.")
        parser.add_argument(
            "--log-level",
            choices=("debug", "info", "warning", "error"),
            default="warning",
            help="Minimum level of the server's own log lines; default: warning.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from broadcast.server.run import serve
        except ModuleNotFoundError as exc:
            raise CommandError(f'{exc.name} is missing; type: pip install "stickyboard[server]"') from exc
        named = application()
        if found := application_problem():
            raise CommandError(f"{found.msg}. {found.hint}")
        workers = options["workers"] or settings().PROCESSES
        if options["fd"] is None and not options["uds"]:
            # uvicorn's IPv6 socket accepts IPv4 too if several processes share it.
            check_port(options["host"], options["port"], ipv6_only=workers <= 1)
        if (found := static_problem()) and not found.is_silenced():
            log.warning("%s. %s", found.msg, found.hint)
        if (address := address_of(options)) and not has_json_lines():
            end = " (Ctrl-C ends it)" if options["fd"] is None else ""  # or what has passed the socket does
            self.stdout.write(f"Serving {address}{end}")
            self.stdout.flush()  # a file would have it only at the end
        names = ("host", "port", "uds", "fd", "root_path", "forwarded_allow_ips", "access_log", "log_level")
        serve(named, workers=workers, **{name: options[name] for name in names})


def address_of(options: Mapping[str, Any]) -> str:
    """Return the address that the options name, or that a socket has which was passed in; "" if it has none."""
    if options["fd"] is not None:
        host, port, path = address_of_socket(options["fd"])
    else:
        host, port, path = options["host"] or "0.0.0.0", options["port"], options["uds"]  # noqa: S104  # printed
    if path or not host:
        return path or ""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{options['root_path'].rstrip('/')}/"


def address_of_socket(fd: int) -> tuple[str, int, str]:
    """Return host and port of a TCP socket, or the path of a Unix socket."""
    try:
        with socket.socket(fileno=os.dup(fd)) as listener:
            family, name, kind = listener.family, listener.getsockname(), listener.type
    except (OSError, OverflowError) as exc:
        raise CommandError(f"--fd {fd} is not a socket that was passed in: {exc}") from exc
    if kind != socket.SOCK_STREAM:
        raise CommandError(f"--fd {fd} is not a TCP or Unix socket on which a server can listen")
    if family == socket.AF_UNIX:
        return "", 0, os.fsdecode(name).replace("\0", "@")  # as systemd writes a name that is no file
    return (name[0], name[1], "") if family in (socket.AF_INET, socket.AF_INET6) else ("", 0, "")


def has_json_lines() -> bool:
    """Return whether the log consists of JSON objects, between which a plain line could not be parsed."""
    return any(isinstance(handler.formatter, JSONFormatter) for handler in logging.getLogger().handlers)


def application() -> str:
    """Return the ASGI_APPLICATION of the settings, as `module:name`."""
    named = getattr(django_settings, "ASGI_APPLICATION", None)
    if not named:
        raise CommandError('there is no ASGI_APPLICATION in the settings; set one, such as "mysite.asgi.application"')
    module, _, name = named.rpartition(".")
    return f"{module}:{name}"
