"""A PostgreSQL server in processes of its own, on a Unix socket, stopped at the end of the test process."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

NUMBERS = count(1)
# Nothing needs to survive a crash of the machine. No port is opened.
OPTIONS = "-c fsync=off -c listen_addresses='' -c max_connections=50"


def programs() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`, None without PostgreSQL. On Debian, it is not in the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


def postgres() -> dict[str, Any]:
    """Return a new database as an entry of DATABASES; skips the test where PostgreSQL is not installed."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    if programs() is None:
        pytest.skip("there is no PostgreSQL on this machine; see scripts/get_postgres.sh")
    own = {"USER": "sticky", "HOST": str(_server()), "NAME": f"sticky_{next(NUMBERS)}"}
    with psycopg.connect(host=own["HOST"], user=own["USER"], dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {own['NAME']}")
    return {"ENGINE": "django.db.backends.postgresql", **own}


@cache
def _server() -> Path:
    """Start this test process's server; return the folder of its socket."""
    # Not pytest's folder: a Unix socket's path has some hundred characters at most.
    folder = Path(tempfile.mkdtemp(prefix="sticky-postgres-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if os.getuid() == 0:
        shutil.chown(folder, _user())
    _run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "sticky", "--no-sync", "-E", "UTF8", "--locale=C")
    _run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", f"{OPTIONS} -k {folder}", "start")
    atexit.register(_run, "pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    return folder


def _run(program: str, *words: str) -> None:
    command = [str(programs() / program), *words]
    if os.getuid() == 0:  # the server refuses to run as root
        command = ["setpriv", f"--reuid={_user()}", f"--regid={_user()}", "--clear-groups", *command]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _user() -> str:
    names = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
