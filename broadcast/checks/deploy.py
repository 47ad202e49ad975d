"""Checks of `manage.py check --deploy`: settings that work, but are wrong in production.

They access files and servers, such as the store, so the plain `check` does not run them.
"""

import importlib.util
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Warn
from django.db import connections

from broadcast import conf
from broadcast.checks.redis import check_server
from broadcast.checks.settings import check_broadcast
from broadcast.errors import StoreError
from broadcast.runtime import store
from broadcast.stores.redis.cache import RedisCache
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.file_guard import PARTS

LEAST_TOKEN_CHARACTERS: Final = 20
LOOPBACK: Final = {"localhost", "127.0.0.1", "[::1]"}


@register(Tags.security, deploy=True)
def check_deployment(**_: Any) -> Iterator[CheckMessage]:
    """Check store, permissions, metrics and hosts, unless the plain check finds an error."""
    if not check_broadcast():
        for check in (check_usable, check_private, check_metrics, check_hosts):
            yield from check()


def check_usable() -> Iterator[CheckMessage]:
    """E020: the store cannot be used. W020: it is in memory."""
    cache = store()
    try:
        cache.heads()
    except StoreError as exc:
        yield Error(f"the store cannot be used: {exc.public}", hint=exc.hint or None, id="stickyboard.E020")
        return
    if isinstance(cache, RedisCache):
        yield from check_server(cache)
    if isinstance(cache, SQLiteCache) and not cache.is_on_disk:
        hint = f'Set CACHES["{conf.settings().CACHE}"]["LOCATION"] to a file, if the state should outlive the server.'
        yield Warn("the store is in memory, and is lost with its process", hint=hint, id="stickyboard.W020")


def check_private() -> Iterator[CheckMessage]:
    """W021: other users of the machine can list the data folder. W026: they can read a database in it."""
    databases = list(dict.fromkeys(_databases()))
    for folder in dict.fromkeys(path.parent for path in databases):
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & stat.S_IRWXO:
            problem = f"other users of the machine can list {folder}, which has the store or the accounts"
            yield Warn(problem, hint=f"Type: chmod o= {folder}", id="stickyboard.W021")
    for path in databases:
        files = [Path(f"{path}{part}") for part in PARTS]
        shared = [str(file) for file in files if file.is_file() and stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO]
        if shared:
            problem = f"other users of the machine can read or write {', '.join(shared)}"
            yield Warn(problem, hint=f"Type: chmod 600 {' '.join(shared)}", id="stickyboard.W026")


def _databases() -> Iterator[Path]:
    """Yield the database files of the store, and of users, sessions and tokens."""
    cache = store()
    if isinstance(cache, SQLiteCache) and cache.is_on_disk:
        yield Path(cache.location).resolve()
    for connection in connections.all():
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" and not connection.is_in_memory_db():
            yield Path(name).resolve()


def check_metrics() -> Iterator[CheckMessage]:
    """E021: the package for metrics is missing. W022: the token for metrics is too short."""
    token = conf.settings().METRICS_TOKEN
    if not token:
        return
    if importlib.util.find_spec("prometheus_client") is None:
        problem = 'BROADCAST["METRICS_TOKEN"] is set, but the package prometheus-client is missing'
        yield Error(problem, hint='Type: pip install "stickyboard[metrics]"', id="stickyboard.E021")
    if len(token) < LEAST_TOKEN_CHARACTERS:
        problem = f'BROADCAST["METRICS_TOKEN"] has {len(token)} characters; expected {LEAST_TOKEN_CHARACTERS} or more'
        hint = 'Use a long random text: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        yield Warn(problem, hint=hint, id="stickyboard.W022")


def check_hosts() -> Iterator[CheckMessage]:
    """W023: pages of any site may open a board's socket. W024: only this machine can connect."""
    hosts = set(django_settings.ALLOWED_HOSTS)
    hint = f"List the host names of the board in {conf.name_of_setting('ALLOWED_HOSTS')}."
    if "*" in hosts:
        yield Warn('ALLOWED_HOSTS has "*": pages of any site may open a socket', hint=hint, id="stickyboard.W023")
    elif hosts and hosts <= LOOPBACK:
        problem = f"ALLOWED_HOSTS has {', '.join(sorted(hosts))} only: requests for any other name are refused"
        yield Warn(problem, hint=hint, id="stickyboard.W024")
