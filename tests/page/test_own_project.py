"""The files in docs/how-to/django.md make another project show a board."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT

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
print("page", "north" in page, "/admin/login/?next=" in page, "Log out" in page)
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
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", "."], cwd=folder, check=True)
    files = dict(FILE.findall((ROOT / "docs" / "how-to" / "django.md").read_text()))
    assert set(files) == {f"mysite/{name}.py" for name in ("settings", "event_types", "urls", "asgi", "routing")}
    files["mysite/settings.py"] = (folder / "mysite/settings.py").read_text() + files["mysite/settings.py"]
    for name, text in files.items():
        (folder / name).write_text(text)
    # What an installed package has inside of itself.
    with (folder / "mysite/settings.py").open("a") as settings:
        settings.write(f'TEMPLATES[0]["DIRS"] = ["{ROOT / "templates"}"]\nBROADCAST["REQUIRE_LOGIN"] = True\n')
        settings.write('ALLOWED_HOSTS = ["localhost", "testserver"]\n')
    return folder


def test_shows_a_board_in_another_project(project):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("STICKYBOARD_")},
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
        "PYTHONPATH": f"{project}{os.pathsep}{ROOT}",
    }
    look = [sys.executable, "-W", "error", "-c", LOOK]
    done = subprocess.run(look, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said["admin"] == "Django administration"
    assert (said["home"], said["stranger"]) == ("/b/shop/", "/admin/login/?next=/b/shop/")
    assert said["lost"] == "400 True False"
    assert "'evil.example'; to serve it, add it to ALLOWED_HOSTS" in done.stderr
    assert said["page"] == "True True False"  # the kept event, the project's login, and no logout, as it has none
    assert said["events"] == "200 200"
    assert said["boards"] == said["both"] == 'True {"op":"hello'
    assert said["mine"] == "True mine"
