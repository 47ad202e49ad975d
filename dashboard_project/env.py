"""The only module that reads the environment. Each error names the variable, its value and the allowed values."""

import os
import re
from collections.abc import Collection
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from broadcast.errors import StoreUnusable, did_you_mean
from broadcast.stores.private_files import create_private_folder
from broadcast.stores.redis.address import read_address

ORIGIN = re.compile(r"https?://(\*\.)?[\w.-]+(:\d+)?|https?://\[[0-9a-fA-F:]+\](:\d+)?", re.ASCII)
PATH = re.compile(r"(/[\w.~-]+)+", re.ASCII)
PREFIX = "STICKYBOARD_"
# Every variable that was read, and those that only other programs read.
KNOWN = {"STICKYBOARD_TOKEN", "STICKYBOARD_COOKIE"}
OF_KUBERNETES = re.compile(r"SERVICE_|PORT(_|$)")  # set in every container, for a service of this name
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def misspelt(names: Collection[str]) -> dict[str, str]:
    """Return the variables with this deployment's prefix that have another name.

    Each with a suggestion of the name that may be meant, "" if none is similar.
    """
    known = {name.removeprefix(PREFIX) for name in names}
    given = sorted(name.removeprefix(PREFIX) for name in os.environ if name.startswith(PREFIX))
    strange = [rest for rest in given if rest not in known and not OF_KUBERNETES.match(rest)]
    # Without the prefix, which would make all names similar.
    return {PREFIX + rest: did_you_mean(rest, sorted(known), PREFIX.__add__) for rest in strange}


def set_for_help() -> None:
    """Remove every setting, so that `--help` needs no secret and no folder, and no wrong value prevents it."""
    for name in [*os.environ]:
        if name.startswith(PREFIX) or name in ("REDIS_URL", "WEB_CONCURRENCY"):
            del os.environ[name]
    os.environ["STICKYBOARD_DEBUG"] = "1"  # needs no secret
    os.environ["STICKYBOARD_DATA"] = os.curdir  # nothing is written there


def _read(name: str) -> str | None:
    KNOWN.add(name)
    return os.environ.get(name)


def read_bool(name: str, default: bool) -> bool:
    value = _read(name)
    if value is None:
        return default
    if value.lower() not in (*TRUE, *FALSE):
        raise ImproperlyConfigured(f"{name} is {value!r}; expected one of {', '.join((*TRUE, *FALSE[:-1]))}")
    return value.lower() in TRUE


def read_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in read_text(name, default).split(",") if part.strip()]


def read_origins(name: str) -> list[str]:
    """Read comma-separated origins: scheme, host and port only."""
    origins = read_list(name)
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ImproperlyConfigured(f"{name} has {origin!r}; expected origins such as https://slides.example:8443")
    return origins


def read_folder(name: str, default: Path | None) -> Path:
    """Read a folder, and create it with mode 0700 if it is missing.

    `~` is the user's home. Without a default, the variable is required.
    """
    value = _read(name) or default
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set; expected the folder for accounts and stored state, "
            "such as ~/my-board or /var/lib/stickyboard"
        )
    folder = Path(value).expanduser().resolve()
    try:
        create_private_folder(folder)
    except OSError as exc:
        raise ImproperlyConfigured(f"{name} is {str(value)!r}, which cannot be created: {exc}") from exc
    return folder


def read_choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = _read(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}; expected one of {', '.join(allowed)}")
    return value


def read_text(name: str, default: str = "") -> str:
    value = _read(name)
    return (default if value is None else value).strip()


def read_prefix(name: str) -> str | None:
    """Read a path such as `/board`; None if it is empty or "/"."""
    value = read_text(name).rstrip("/")
    if value and not PATH.fullmatch(value):
        raise ImproperlyConfigured(f"{name} is {value!r}; expected a path such as /board")
    return value or None


def read_redis(name: str) -> str:
    """Read an address of Redis; "" if it is not set."""
    value = read_text(name)
    try:
        if value:
            read_address(value)
    except StoreUnusable as exc:
        raise ImproperlyConfigured(f"{name}: {exc}") from exc
    return value


def read_count(name: str, default: int) -> int:
    value = _read(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise ImproperlyConfigured(f"{name} is {value!r}; expected a whole number above 0")
    return int(value)


def read_secret(name: str, is_needed: bool) -> str:
    """Read a secret; a fixed default is returned if none is needed (DEBUG)."""
    value = _read(name) or ""
    if not value and is_needed:
        raise ImproperlyConfigured(
            f"{name} is not set; with DEBUG off it must be a long random text, such as the output of: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    return value or "insecure-and-only-for-development"
