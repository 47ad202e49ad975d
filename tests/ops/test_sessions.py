"""Browsers whose session has ended are sent away; all others stay."""

from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError

from broadcast import close_codes
from broadcast import sessions as broadcast_sessions
from broadcast.ops.connections import BROWSER, Connections
from broadcast.ops.counters import Meters
from broadcast.sessions import CHECK_S, SessionWatch
from tests.support.counting import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def codes(tabs: list[Socket]) -> list[int | None]:
    """Return with which code each was ended; None for those that stay."""
    return [tab.ended[0][0] if tab.ended else None for tab in tabs]


@pytest.fixture
def connections(settings):
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": True}
    return Connections(Meters())


@pytest.fixture
def join(connections):
    """A function that opens a browser's socket with a session, for the time of the test."""
    with closing(ExitStack()) as stack:

        def joined(session_key: str | None) -> Socket:
            scope = {"session": SimpleNamespace(session_key=session_key)} if session_key else {}
            socket = Socket()
            stack.enter_context(connections.open(BROWSER, scope, socket))
            return socket

        yield joined


async def log_in(user) -> SessionStore:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = django_settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    await session.asave()
    return session


async def make_user(name: str = "watcher"):
    return await get_user_model().objects.acreate_user(name, password="correct horse")


async def test_who_logged_out_is_ended_in_every_tab_and_nobody_else(connections, join):
    user = await make_user()
    gone, stays = await log_in(user), await log_in(user)
    tabs = [join(gone.session_key), join(gone.session_key)]
    others = [join(stays.session_key), join(None)]
    watch = SessionWatch()
    await watch(connections)
    assert codes([*tabs, *others]) == [None] * 4
    await gone.aflush()
    await watch(connections)
    assert codes(tabs) == [close_codes.DISCONNECTED] * 2
    assert codes(others) == [None] * 2


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "other"}])
async def test_who_may_log_in_no_more_is_ended(connections, join, change):
    user = await make_user()
    tab = join((await log_in(user)).session_key)
    await get_user_model().objects.filter(pk=user.pk).aupdate(**change)
    await SessionWatch()(connections)
    assert codes([tab]) == [close_codes.DISCONNECTED]


async def test_more_sessions_than_a_round_asks_for_come_in_turns(connections, join):
    user = await make_user()
    sessions = [await log_in(user) for _ in range(5)]
    tabs = [join(session.session_key) for session in sessions]
    for session in sessions:
        await session.aflush()
    watch, ended = SessionWatch(at_once=2), []
    for _ in range(3):
        await watch(connections)
        ended.append(sum(bool(tab.ended) for tab in tabs))
    assert ended == [2, 4, 5]


async def test_a_round_ends_after_a_while_and_the_next_continues(connections, join):
    user = await make_user()
    sessions = [await log_in(user) for _ in range(3)]
    tabs = [join(session.session_key) for session in sessions]
    for session in sessions:
        await session.aflush()
    now = iter([0.0, 0.1, CHECK_S, 9.0, 9.1, 9.2])  # the second check of the first round is late
    watch, ended = SessionWatch(lambda: next(now)), []
    for _ in range(2):
        await watch(connections)
        ended.append(sum(bool(tab.ended) for tab in tabs))
    assert ended == [1, 3]


async def test_nobody_is_asked_where_no_login_is_needed(connections, join, settings):
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": False}
    tab = join("no-such-session")
    await SessionWatch()(connections)
    assert codes([tab]) == [None]


async def test_nobody_is_ended_while_the_database_cannot_be_asked(connections, join, monkeypatch, caplog):
    async def fail(_scope):
        raise DatabaseError("disk I/O error")

    monkeypatch.setattr(broadcast_sessions, "get_user", fail)
    tab = join("any-session")
    await SessionWatch()(connections)
    assert codes([tab]) == [None]
    assert "disk I/O error" in caplog.text
