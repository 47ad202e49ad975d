"""The files in docs/how-to/django.md make another project show a board."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support import warm
from tests.support.server import ROOT, free_port, until

FILE = re.compile(r"^```python\n# (mysite/\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LOOK = """
import asyncio

import django

django.setup()
from channels.testing import WebsocketCommunicator
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from mysite.asgi import application
from mysite.routing import with_boards
from django.urls import path

call_command("migrate", verbosity=0)
call_command("check", fail_level="WARNING")
call_command("makemigrations", check_changes=True, dry_run=True)
call_command("send_event", "order", "shop=north", "amount=3")
print("admin", admin.site.site_header)
print("home", Client().get("/").headers["Location"])
lost = Client(headers={"host": "evil.example"}).get("/b/shop/")
print("lost", lost.status_code, "ALLOWED_HOSTS" in lost.content.decode(), "STICKYBOARD" in lost.content.decode())
print("stranger", Client().get("/b/shop/").headers["Location"])
client = Client()
client.force_login(get_user_model().objects.create_superuser("ann"))


async def content_of(response):
    return b"".join([part async for part in response])


page = asyncio.run(content_of(client.get("/b/shop/"))).decode()
print("page", "north" in page, '"/login/?next=' in page, "Log out" in page)
get_user_model().objects.create_user("bob", password="a word of bob")
login = {"username": "bob", "password": "a word of bob", "next": "/b/shop/"}
print("login", Client().post("/login/", login).headers.get("Location"))
print("events", client.get("/docs/events/").status_code, client.get("/admin/stickyboard/keyspace/").status_code)


async def mine(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "mine"})


async def sockets():
    headers = [(b"origin", b"http://localhost"), (b"host", b"localhost"), (b"cookie", cookie.encode())]
    both = with_boards([path("ws/mine/", mine)])
    for name, served, address in (
        ("boards", application, "/ws/board/shop/?protocol=2"),
        ("both", both, "/ws/board/shop/?protocol=2"),
        ("mine", both, "/ws/mine/"),
    ):
        socket = WebsocketCommunicator(served, address, headers=headers)
        socket.scope["extensions"] = {}
        taken, _ = await socket.connect(timeout=5)
        print(name, taken, (await socket.receive_from(timeout=5))[:12])
        await socket.disconnect()


cookie = f"sessionid={client.cookies['sessionid'].value}"
asyncio.run(sockets())
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A new project with the page's files."""
    folder = tmp_path_factory.mktemp("own")
    warm.run([sys.executable, "-m", "django", "startproject", "mysite", "."], os.environ, folder)
    files = dict(FILE.findall((ROOT / "docs" / "how-to" / "django.md").read_text()))
    names = ("settings", "test_settings", "event_types", "urls", "asgi", "routing")
    assert set(files) == {f"mysite/{name}.py" for name in names}
    files["mysite/settings.py"] = (folder / "mysite/settings.py").read_text() + files["mysite/settings.py"]
    for name, text in files.items():
        (folder / name).write_text(text)
    # What an installed package has inside of itself.
    with (folder / "mysite/settings.py").open("a") as settings:
        settings.write(f'TEMPLATES[0]["DIRS"] = ["{ROOT / "templates"}"]\nBROADCAST["REQUIRE_LOGIN"] = True\n')
        settings.write('ALLOWED_HOSTS = ["localhost", "testserver"]\n')
    return folder


def environment_of(project: Path, settings: str = "mysite.settings") -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("STICKYBOARD_")},
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": f"{project}{os.pathsep}{ROOT}",
    }


@pytest.mark.slow
def test_shows_a_board_in_another_project(project):
    environment = environment_of(project)
    look = [sys.executable, "-W", "error", "-c", LOOK]
    done = subprocess.run(look, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said["admin"] == "Django administration"
    assert (said["home"], said["stranger"]) == ("/b/shop/", "/login/?next=/b/shop/")
    assert said["lost"] == "400 True False"
    assert "'evil.example'; to serve it, add it to ALLOWED_HOSTS" in done.stderr
    assert said["page"] == "True True True"  # the stored event, the login, and the logout
    assert said["login"] == "/b/shop/"  # a user who is not staff
    assert said["events"] == "200 200"
    assert said["boards"] == said["both"] == 'True {"op":"hello'
    assert said["mine"] == "True mine"


def test_the_check_names_the_missing_app_of_producers(project):
    (project / "mysite" / "apart.py").write_text(
        "from mysite.settings import *\nINSTALLED_APPS.remove('producers_api')\n"
    )
    checked = warm.run([sys.executable, "manage.py", "check"], environment_of(project, "mysite.apart"), project)
    assert checked.returncode == 1
    assert 'Add "producers_api" to INSTALLED_APPS' in checked.stderr


class Runserver:
    """`manage.py runserver` of the project, with these lines at the end of its settings."""

    def __init__(self, project: Path, lines: str) -> None:
        self.port = free_port()
        (project / "mysite" / "trial.py").write_text(
            f"from mysite.settings import *\nBROADCAST['REQUIRE_LOGIN'] = False\n{lines}\n"
        )
        self.log = project / "runserver.log"
        command = [sys.executable, "manage.py", "runserver", "--noreload", str(self.port)]
        environment = environment_of(project, "mysite.trial")
        with self.log.open("w") as log:
            self.process = warm.WarmProcess(command, environment, project, log, log)

    async def answers(self) -> None:
        """Wait until it accepts connections."""
        await until(self._is_up, 20, self.log.read_text)

    def _is_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    async def hello(self) -> str:
        """Return the first message of the board's socket."""
        address = f"localhost:{self.port}"
        async with connect(f"ws://{address}/ws/board/shop/?protocol=2", origin=f"http://{address}") as browser:
            return str(await browser.recv())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def runserver(project):
    """A function that starts `runserver` with lines of settings."""
    started = []

    def start(lines: str) -> Runserver:
        started.append(Runserver(project, lines))
        return started[-1]

    yield start
    for each in started:
        each.stop()


async def test_runserver_with_daphne_serves_sockets(runserver):
    server = runserver("INSTALLED_APPS = ['daphne', *INSTALLED_APPS]")
    await server.answers()
    assert (await server.hello()).startswith('{"op":"hello"')
    assert "W010" not in server.log.read_text()


async def test_runserver_without_daphne_displays_what_to_type(runserver):
    server = runserver("")
    await server.answers()
    with pytest.raises(InvalidStatus) as refused:
        await server.hello()
    assert refused.value.response.status_code == 400
    logged = server.log.read_text()
    assert "stickyboard.W010" in logged
    assert logged.count("manage.py serve") == 2  # the check, and the first socket
