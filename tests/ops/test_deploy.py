"""The files in `deploy/`: settings, units, and nginx with a socket-activated process."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.deployment import (
    DEPLOY,
    SYSTEMD,
    Deployment,
    deployment,
    environment_of,
    run_setup,
    setup_steps,
    unit_command,
)
from tests.support.redis_groups import until
from tests.support.redis_server import RedisServer, program_of
from tests.support.server import ROOT


@pytest.mark.slow
@pytest.mark.skipif(not program_of("redis"), reason="there is no redis-server")
def test_the_setup_is_clean_under_the_environment_to_deploy(tmp_path):
    with RedisServer("redis", appendonly="yes") as redis:
        run_setup(environment_of(DEPLOY / "environment.example", STICKYBOARD_DATA=str(tmp_path), REDIS_URL=redis.url))


def test_the_containers_are_set_up_as_the_units_are():
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    assert " && ".join(f"python manage.py {step}" for step in setup_steps()) in text
    assert 'command: ["valkey-server", "--appendonly", "yes"' in text
    assert '"--maxmemory-policy", "noeviction"' in text
    assert (DEPLOY / "environment.example").is_file()
    for source in re.findall(r"- (\S+):\S+:ro", text):
        assert source == "./tls" or (DEPLOY / "compose" / source).is_file(), source
    image = (DEPLOY / "compose" / "Dockerfile").read_text()
    assert (ROOT / re.findall(r"-r (\S+)", image)[0]).is_file()
    in_image, in_unit = json.loads(re.findall(r"^CMD (.+)$", image, re.MULTILINE)[0]), unit_command()
    assert in_image[1:3] == in_unit[1:3] == ["manage.py", "serve"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_accepts_the_units(tmp_path):
    for unit in SYSTEMD.iterdir():
        text = unit.read_text().replace("/opt/stickyboard/venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text)
    shutil.copy(tmp_path / "stickyboard@.service", tmp_path / "stickyboard@1.service")
    shutil.copy(tmp_path / "stickyboard@.socket", tmp_path / "stickyboard@1.socket")
    units = [
        str(tmp_path / name) for name in ("stickyboard@1.service", "stickyboard@1.socket", "stickyboard-setup.service")
    ]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
@pytest.mark.parametrize("unit", ["stickyboard@.service", "stickyboard-setup.service"])
def test_systemd_rates_the_units_as_little_exposed(unit):
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=25", "--no-pager", str(SYSTEMD / unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd is older than 250")
    assert done.returncode == 0, done.stdout + done.stderr


def test_packages_are_installed_with_hashes():
    names = ("how-to/deploy.md", "how-to/producers.md", "how-to/django.md", "tutorial/own_board.md")
    pages = [ROOT / "docs" / name for name in names]
    for file in (*pages, DEPLOY / "compose" / "Dockerfile"):
        commands = re.findall(r"pip install[^`\n]*\.lock", file.read_text())
        assert commands, file
        assert all("--require-hashes" in command for command in commands), file
    for lock in (ROOT / "requirements").glob("*.lock"):
        pinned = re.findall(r"^\S+==", lock.read_text(), re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^\S+==.*\\\n +--hash=sha256:", lock.read_text(), re.MULTILINE)), lock


def test_nginx_speaks_tls_1_3_and_nothing_before_1_2():
    text = (DEPLOY / "nginx" / "sticky_server.conf").read_text()
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text


@pytest.fixture(scope="module")
def deployed(tmp_path_factory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("deployed")) as running:
        yield running


@pytest.mark.chaos
def test_serves_the_page_over_https_with_immutable_files(deployed):
    code, headers, page = deployed.get("/")
    assert code == 200, page
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    scripts = re.findall(r'<script type="module"[^>]* src="([^"]+)"', page.decode())
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.decode())
    assert scripts
    assert len(styles) == 1
    for file in scripts + styles:
        code, headers, _ = deployed.get(file)
        assert code == 200, file
        assert "immutable" in headers["Cache-Control"], file


@pytest.mark.chaos
def test_pages_and_state_come_over_http_2_and_compressed(deployed):
    for path in ("/", "/api/state/main"):
        _, headers, _ = deployed.get(path, headers={"Accept-Encoding": "gzip"})
        assert headers["Content-Encoding"] == "gzip", path
    offering = ssl.create_default_context(cafile=deployed.certificate)
    offering.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", deployed.port)) as plain,
        offering.wrap_socket(plain, server_hostname="localhost") as spoken,
    ):
        assert spoken.selected_alpn_protocol() == "h2"


@pytest.mark.chaos
def test_nginx_warns_of_nothing(deployed):
    assert "[warn]" not in (deployed.folder / "nginx.log").read_text()


@pytest.mark.chaos
def test_plain_http_is_redirected_to_https(deployed):
    said = asked_in_clear(deployed, b"GET /b/main/")
    assert b"301" in said.splitlines()[0]
    assert b"Location: https://board.example/b/main/" in said


@pytest.mark.chaos
def test_a_post_over_plain_http_is_refused(deployed):
    assert b"403" in asked_in_clear(deployed, b"POST /api/events").splitlines()[0]


def asked_in_clear(deployed, line: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", deployed.plain_port), timeout=60) as plain:
        plain.sendall(line + b" HTTP/1.1\r\nHost: board.example\r\nConnection: close\r\n\r\n")
        return plain.makefile("rb").read()


@pytest.mark.chaos
def test_nginx_caches_a_public_boards_state_for_a_second(deployed):
    answers = [deployed.get("/api/state/main") for _ in range(20)]
    assert {code for code, *_ in answers} == {200}
    assert [headers["X-Cache-Status"] for _, headers, _ in answers].count("HIT") >= 15
    etag = answers[-1][1]["ETag"]
    assert deployed.get("/api/state/main", headers={"If-None-Match": etag})[0] == 304
    seen = set()
    until(lambda: seen.add(deployed.get("/api/state/main")[1]["X-Cache-Status"]) or "REVALIDATED" in seen)


@pytest.mark.chaos
def test_an_event_that_is_posted_is_in_the_state_within_seconds(deployed):
    event = json.dumps({"type": "total_alerts", "alerts": 7}).encode()
    code, _, said = deployed.get("/api/events", data=event, headers={"Authorization": f"Bearer {deployed.token}"})
    assert code == 200, said
    until(lambda: b'"alerts":7' in deployed.get("/api/state/main")[2])
