"""What `manage.py check --deploy` asks before others are let in: things that work, and are not right in production.

They look at what is really there, such as the store's file, so the plain `check` does not run them.
"""

import importlib.util
import stat
from collections.abc import Iterator, Sequence
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
from broadcast.stores.sqlite.guard import PARTS

LEAST_TOKEN_CHARACTERS: Final = 20
LOOPBACK: Final = {"localhost", "127.0.0.1", "[::1]"}


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """Check store, metrics and hosts; where the plain check finds an error already, nothing."""
    if check_broadcast():
        return []
    return [*check_kept(), *check_private(), *check_metrics(), *check_hosts()]


def check_kept() -> Iterator[CheckMessage]:
    """E020: the store cannot be used. W020: it is in memory."""
    kept = store()
    try:
        kept.heads()
    except StoreError as exc:
        yield Error(f"the store cannot be used: {exc.public}", hint=exc.hint or None, id="stickyboard.E020")
        return
    if isinstance(kept, RedisCache):
        yield from check_server(kept)
    if isinstance(kept, SQLiteCache) and str(kept.location).startswith(":memory:"):
        hint = (
            f'Set CACHES["{conf.settings().CACHE}"]["LOCATION"] to a file, if what is kept should outlive the server.'
        )
        yield Warn("the store is in memory, and ends with its process", hint=hint, id="stickyboard.W020")


def check_private() -> Iterator[CheckMessage]:
    """W021: other users of the machine can look into the data folder. W026: they can read a database in it."""
    databases = list(dict.fromkeys(_databases()))
    for folder in dict.fromkeys(path.parent for path in databases):
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & stat.S_IRWXO:
            said = f"other users of the machine can look into {folder}, where the store or the accounts are"
            yield Warn(said, hint=f"Type: chmod o= {folder}", id="stickyboard.W021")
    for path in databases:
        files = [Path(f"{path}{part}") for part in PARTS]
        shared = [str(file) for file in files if file.is_file() and stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO]
        if shared:
            said = f"other users of the machine may read or write {', '.join(shared)}"
            yield Warn(said, hint=f"Type: chmod 600 {' '.join(shared)}", id="stickyboard.W026")


def _databases() -> Iterator[Path]:
    """Return the files of the store, and of users, sessions and tokens, wherever the store is."""
    kept = store()
    if isinstance(kept, SQLiteCache) and not str(kept.location).startswith(":memory:"):
        yield Path(kept.location).resolve()
    for connection in connections.all():
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite" and not connection.is_in_memory_db():
            yield Path(name).resolve()


def check_metrics() -> Iterator[CheckMessage]:
    """E021: metrics are asked for, but their package is missing. W022: their token can be guessed."""
    token = conf.settings().METRICS_TOKEN
    if not token:
        return
    if importlib.util.find_spec("prometheus_client") is None:
        said = 'BROADCAST["METRICS_TOKEN"] is set, but the package prometheus-client is missing'
        yield Error(said, hint='Type: pip install "stickyboard[metrics]"', id="stickyboard.E021")
    if len(token) < LEAST_TOKEN_CHARACTERS:
        said = f'BROADCAST["METRICS_TOKEN"] has {len(token)} characters; expected {LEAST_TOKEN_CHARACTERS} or more'
        hint = 'Take a long random text: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        yield Warn(said, hint=hint, id="stickyboard.W022")


def check_hosts() -> Iterator[CheckMessage]:
    """W023: pages of any site may open a board's socket. W024: nobody but this machine is let in."""
    hosts = set(django_settings.ALLOWED_HOSTS)
    hint = f"List the host names of the board in {conf.name_of_setting('ALLOWED_HOSTS')}."
    if "*" in hosts:
        yield Warn('ALLOWED_HOSTS has "*": pages of any site may open a socket', hint=hint, id="stickyboard.W023")
    elif hosts and hosts <= LOOPBACK:
        said = f"ALLOWED_HOSTS has {', '.join(sorted(hosts))} only: requests to any other name are refused"
        yield Warn(said, hint=hint, id="stickyboard.W024")
