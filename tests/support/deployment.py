"""A deployment from `deploy/`: nginx, on other ports, and one process with the command of its unit."""

import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.proxy import NGINX
from tests.support.redis_groups import make_certificate, until
from tests.support.redis_server import RedisServer, program_of
from tests.support.server import ROOT, free_port

DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
SECRETS = {"STICKYBOARD_SECRET_KEY": "only-for-this-test-" * 4, "STICKYBOARD_METRICS_TOKEN": "only-for-this-test-too"}
NEEDED = program_of("redis") and shutil.which("openssl") and NGINX
# systemd's own program does what a socket unit does: it listens, and starts the process with the socket as number 3.
ACTIVATE = shutil.which("systemd-socket-activate")


def environment_of(path: Path, **changed: str) -> dict[str, str]:
    """Return a deployment's environment: the file, with the secrets that it leaves empty."""
    given = dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE))
    assert all(not given[name] for name in SECRETS), "a secret that everybody can read is none"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("STICKYBOARD_")}
    return {**plain, **given, **SECRETS, **changed}


def manage(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    settings = {**environment, "DJANGO_SETTINGS_MODULE": "dashboard_project.settings"}
    done = warm.run(command, settings, ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def setup_steps() -> list[str]:
    text = (SYSTEMD / "stickyboard-setup.service").read_text()
    return re.findall(r"^ExecStart=\S+ manage\.py (.+)$", text, re.MULTILINE)


def run_setup(environment: dict[str, str]) -> None:
    """Run what the unit `stickyboard-setup` runs, in its order."""
    steps = setup_steps()
    assert [step.split()[0] for step in steps] == ["migrate", "collectstatic", "check"]
    for step in steps:
        said = manage(environment, *step.split())
    assert "no issues (2 silenced)" in said


def unit_command() -> list[str]:
    (line,) = re.findall(r"^ExecStart=(.+)$", (SYSTEMD / "stickyboard@.service").read_text(), re.MULTILINE)
    return shlex.split(line)


def version_of_nginx() -> tuple[int, ...]:
    said = subprocess.run([str(NGINX), "-v"], capture_output=True, text=True, check=True).stderr
    return tuple(map(int, re.findall(r"nginx/([\d.]+)", said)[0].split(".")))


@contextmanager
def deployment(folder: Path) -> Iterator["Deployment"]:
    """Run a public deployment on a Redis of its own, where there is all that it takes."""
    if not (NEEDED and ACTIVATE):
        pytest.skip("needs nginx, redis-server, openssl and systemd-socket-activate")
    with RedisServer("redis", appendonly="yes") as redis, ExitStack() as running:
        yield Deployment(running, folder, redis.url, STICKYBOARD_PUBLIC="1")


class Deployment:
    """nginx as in `deploy/`, with its ports changed, before one process as in its unit."""

    def __init__(self, stack: ExitStack, folder: Path, redis_url: str, **changed: str) -> None:
        self.folder, self.stack = folder, stack
        self.port, self.plain_port, self.web_port = free_port(), free_port(), free_port()
        data = folder / "data"
        data.mkdir(mode=0o750)
        hosts = "board.example,localhost"
        self.environment = environment_of(
            DEPLOY / "environment.example",
            **{"STICKYBOARD_DATA": str(data), "REDIS_URL": redis_url, "STICKYBOARD_HOSTS": hosts, **changed},
        )
        run_setup(self.environment)
        self.token = manage(self.environment, "create_producer_token", "deployed", "--quiet").strip()
        self._start_process()
        self._start_nginx()

    def _start_process(self) -> None:
        command = [sys.executable, *unit_command()[1:]]
        passed = [word for name, value in self.environment.items() for word in ("-E", f"{name}={value}")]
        self._start([str(ACTIVATE), "-l", f"127.0.0.1:{self.web_port}", *passed, *command], "web.log")

    def _start_nginx(self) -> None:
        folder = self.folder / "nginx"
        (folder / "tls").mkdir(parents=True)
        self.certificate = make_certificate(folder / "tls" / "board.pem", folder / "tls" / "board.key")
        names = {name: name for name in ("stickyboard.conf", "sticky_server.conf", "sticky_proxy.conf")}
        is_new = version_of_nginx() >= (1, 25, 1)
        names["sticky_listen.conf"] = "sticky_listen.conf" if is_new else "sticky_listen_before_1.25.conf"
        for name, source in names.items():
            text = (DEPLOY / "nginx" / source).read_text()
            for was, now in {
                "listen 443": f"listen 127.0.0.1:{self.port}",
                "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
                "127.0.0.1:8001": f"127.0.0.1:{self.web_port}",
                "/var/cache/nginx": str(folder),
            }.items():
                text = text.replace(was, now)
            text = re.sub(r"\n *server 127\.0\.0\.1:800\d.*", "", text)
            (folder / name).write_text(text)
        conf, as_user = folder / "nginx.conf", "user root; " if os.geteuid() == 0 else ""
        paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
        conf.write_text(
            f"{as_user}daemon off; pid {folder}/pid; events {{ worker_connections 4096; }}"
            f"http {{ access_log {folder}/access.log; client_body_temp_path {folder}/body;"
            f"{paths} include {folder}/stickyboard.conf; }}"
        )
        self._start([str(NGINX), "-e", "stderr", "-p", str(folder), "-c", str(conf)], "nginx.log")
        until(lambda: self.get("/livez")[0] == 200)

    def _start(self, command: list[str], log: str) -> None:
        with (self.folder / log).open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=output, stderr=output)
        self.stack.callback(process.wait, 60)
        self.stack.callback(process.terminate)

    @property
    def http(self) -> str:
        return f"https://localhost:{self.port}"

    def get(self, path: str, **more) -> tuple[int, Message, bytes]:
        trusting = ssl.create_default_context(cafile=self.certificate)
        request = urllib.request.Request(f"{self.http}{path}", **more)
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), NoRedirect)
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as exc:
            with exc:
                return exc.code, exc.headers, exc.read()
        except OSError:
            return 0, Message(), b""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
