"""A password may be guessed so often, whichever login is asked, and nobody else is locked out by it."""

import logging

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.cache import caches
from django.test import Client

from broadcast.page.login_throttle import MAX_TRIES, SPAN_S, count_try, network_of

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
def test_after_so_many_guesses_even_the_right_password_is_refused_and_the_form_says_so(path):
    for _ in range(MAX_TRIES):
        is_in, said = log_in("a guess", path=path)
        assert not is_in
        assert "Too many tries" not in said
    is_in, said = log_in(PASSWORD, path=path)
    assert not is_in
    assert "Too many tries. Come back in 15 minutes." in said


def test_both_logins_count_together():
    for number in range(MAX_TRIES):
        log_in("a guess", path=("/login/", "/admin/login/")[number % 2])
    assert not log_in(PASSWORD)[0]


def test_the_owner_logs_in_from_elsewhere_meanwhile():
    for _ in range(MAX_TRIES + 1):
        log_in("a guess")
    assert log_in(PASSWORD, OWNER)[0]


def test_a_hall_that_shares_an_account_and_an_address_locks_nobody_out():
    for number in range(4 * MAX_TRIES):
        is_right = number % MAX_TRIES == MAX_TRIES - 1
        assert log_in(PASSWORD if is_right else "a misspelling")[0] is is_right


def test_tries_are_forgotten_when_their_span_ends(monkeypatch):
    for _ in range(MAX_TRIES):
        log_in("a guess")
    monkeypatch.setattr("time.time", lambda now=__import__("time").time(): now + SPAN_S + 1)
    assert count_try("another") == 1
    assert authenticate(request_from(GUESSER), username="ada", password=PASSWORD) is not None


def request_from(address: str):
    return Client().get("/livez", REMOTE_ADDR=address).wsgi_request


def test_what_asks_without_a_request_is_not_counted():
    for _ in range(2 * MAX_TRIES):
        assert authenticate(None, username="ada", password="a guess") is None
    assert authenticate(None, username="ada", password=PASSWORD) is not None


def test_the_log_tells_once_who_was_refused(caplog):
    with caplog.at_level(logging.WARNING, "broadcast.page.login_throttle"):
        for _ in range(MAX_TRIES + 5):
            log_in("a guess")
    told = [record.getMessage() for record in caplog.records if record.name == "broadcast.page.login_throttle"]
    assert told == ["'ada' was tried 11 times from 192.0.2.1; refused for up to 900 s"]


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
def test_an_ipv6_network_counts_as_one_address(address, counted):
    assert network_of(address) == counted
