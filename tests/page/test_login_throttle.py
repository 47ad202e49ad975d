"""Attempts at a password are limited across both logins, and nobody else is locked out."""

import logging

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.cache import caches
from django.test import Client

from broadcast.page.login_throttle import MAX_ATTEMPTS, SPAN_S, count_attempt, network_of

pytestmark = pytest.mark.django_db
PASSWORD, GUESSER, OWNER = "correct horse", "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def user():
    caches["logins"].clear()
    yield get_user_model().objects.create_superuser("ada", password=PASSWORD)
    caches["logins"].clear()


def log_in(password: str, address: str = GUESSER, path: str = "/login/") -> tuple[bool, str]:
    client = Client(REMOTE_ADDR=address)
    answer = client.post(path, {"username": "ada", "password": password})
    return "sessionid" in client.cookies, answer.content.decode()


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
def test_refuses_the_right_password_after_too_many(path):
    for _ in range(MAX_ATTEMPTS):
        is_in, text = log_in("a wrong one", path=path)
        assert not is_in
        assert "Too many" not in text
    is_in, text = log_in(PASSWORD, path=path)
    assert not is_in
    assert "15 minutes" in text


def test_counts_both_logins_together():
    for number in range(MAX_ATTEMPTS):
        log_in("a wrong one", path=("/login/", "/admin/login/")[number % 2])
    assert not log_in(PASSWORD)[0]


def test_lets_the_owner_log_in_from_elsewhere():
    for _ in range(MAX_ATTEMPTS + 1):
        log_in("a wrong one")
    assert log_in(PASSWORD, OWNER)[0]


def test_locks_no_shared_account_out():
    for number in range(4 * MAX_ATTEMPTS):
        is_right = number % MAX_ATTEMPTS == MAX_ATTEMPTS - 1
        assert log_in(PASSWORD if is_right else "a misspelling")[0] is is_right


def test_forgets_attempts_after_the_span(monkeypatch):
    for _ in range(MAX_ATTEMPTS):
        log_in("a wrong one")
    monkeypatch.setattr("time.time", lambda now=__import__("time").time(): now + SPAN_S + 1)
    assert count_attempt("another") == 1
    assert authenticate(request_from(GUESSER), username="ada", password=PASSWORD) is not None


def request_from(address: str):
    return Client().get("/livez", REMOTE_ADDR=address).wsgi_request


def test_counts_no_attempt_without_a_request():
    for _ in range(2 * MAX_ATTEMPTS):
        assert authenticate(None, username="ada", password="a wrong one") is None
    assert authenticate(None, username="ada", password=PASSWORD) is not None


def test_logs_a_refusal_once(caplog):
    with caplog.at_level(logging.WARNING, "broadcast.page.login_throttle"):
        for _ in range(MAX_ATTEMPTS + 5):
            log_in("a wrong one")
    messages = [record.getMessage() for record in caplog.records if record.name == "broadcast.page.login_throttle"]
    assert messages == ["refused 'ada' after 11 login attempts from 192.0.2.1, for up to 900 s"]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_counts_an_ipv6_network_as_one_address(address, counted):
    assert network_of(address) == counted
