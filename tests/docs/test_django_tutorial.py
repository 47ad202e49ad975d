"""docs/tutorial/django.md makes a project whose page shows a model live, to those who may see it."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.doc_pages import read
from tests.support.server import ROOT

PAGE = "docs/tutorial/django.md"
FILE = re.compile(r"^```(?:python|html)\n(?:#|<!--) (\w+/[\w/]+\.\w+)(?: -->)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:django-admin|python manage\.py) .*$", re.MULTILINE)
BY_HAND = ("serve", "createsuperuser")  # a server, and a command that asks
LOOK = """
import asyncio
import json

import django

django.setup()
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Permission, User
from django.test import Client
from mysite.asgi import application
from shop.models import Order

ann, bob = User.objects.create_user("ann"), User.objects.create_user("bob", password="a word of bob")
ann.user_permissions.add(Permission.objects.get(codename="view_order"))


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def page_of(client):
    return client.get("/orders/").content.decode()


print("stranger", Client().get("/orders/").headers["Location"])
print("bob", "You may not view orders." in page_of(client_of(bob)), "north" in page_of(client_of(bob)))
login = {"username": "bob", "password": "a word of bob"}
print("login", Client().post("/login/?next=/orders/", {**login, "next": "/orders/"}).headers.get("Location"))
print("ann", "north" in page_of(client_of(ann)))


async def socket_of(cookie):
    headers = [(b"origin", b"http://localhost"), (b"host", b"localhost"), (b"cookie", f"sessionid={cookie}".encode())]
    socket = WebsocketCommunicator(application, "/ws/board/shop/?protocol=2", headers=headers)
    socket.scope["extensions"] = {}
    await socket.connect(timeout=10)
    return socket


async def updates_until(socket, what):
    while what not in (text := await socket.receive_from(timeout=10)):
        pass
    return text


async def watch():
    socket = await socket_of(cookies[0])
    await updates_until(socket, "caught_up")
    order = await sync_to_async(Order.objects.create)(shop="south", amount=4)
    print("saved", json.loads(await updates_until(socket, "south"))["sections"][0]["entries"][0][4])
    await order.adelete()
    print("deleted", json.loads(await updates_until(socket, "null"))["sections"][0]["entries"][0][4])
    await socket.disconnect()
    refused = await socket_of(cookies[1])
    print("refused", (await refused.receive_output(timeout=10))["type"])


cookies = [client_of(user).cookies["sessionid"].value for user in (ann, bob)]
asyncio.run(watch())
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The tutorial's project after its commands, and what runs Python there."""
    folder: Path = tmp_path_factory.mktemp("tutorial")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("STICKYBOARD_", "DJANGO_"))},
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
    }

    def run(*words: str) -> str:
        done = warm.run([sys.executable, *words], environment, folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    for line in COMMAND.findall(read(PAGE)):
        program, *rest = re.findall(r'"[^"]*"|\S+', line)
        words = [word.strip('"') for word in rest]
        if program == "django-admin":
            run("-m", "django", *words)
        elif words[1] not in BY_HAND:
            run(*words)
        if words[1:2] == ["startapp"]:
            write_files(folder)
    return run


def write_files(folder: Path) -> None:
    files = dict(FILE.findall(read(PAGE)))
    files["mysite/settings.py"] = (folder / "mysite/settings.py").read_text() + files["mysite/settings.py"]
    # What an installed package has inside of itself.
    files["mysite/settings.py"] += f'TEMPLATES[0]["DIRS"] = ["{ROOT / "templates"}"]\nALLOWED_HOSTS = ["*"]\n'
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.slow
def test_the_page_shows_rows_live_to_those_who_may_see_them(project):
    said = dict(line.split(" ", 1) for line in project("-c", LOOK).splitlines())
    assert said["stranger"].startswith("/login/")
    assert said["login"] == "/orders/"  # a user who is not staff
    assert said["bob"] == "True False"
    assert said["ann"] == "True"
    assert "'shop': 'south', 'amount': 4.0, 'is_paid': False" in said["saved"]
    assert said["deleted"] == "None"
    assert said["refused"] == "websocket.close"
