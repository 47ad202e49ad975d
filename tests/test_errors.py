"""Every error: its sentence word for word, its code, and whether trying again can help."""

import inspect

import pytest

from broadcast import errors
from broadcast.errors import StickyboardError

LONG = "x" * 100

TABLE = [
    (errors.InvalidJSON("it ends early"), "not valid JSON: it ends early", "invalid_json", False),
    (errors.InvalidEvent("expected `float` at $.f1"), "expected `float` at $.f1", "invalid_event", False),
    (errors.RepeatedKey("n"), 'key "n" stands twice in one object; send it once', "repeated_key", False),
    (
        errors.UnknownEventType("model_metrics", ["embedding", "model_metric"]),
        'no event type "model_metrics"; did you mean "model_metric"?',
        "unknown_event_type",
        False,
    ),
    (
        errors.NotAllowed("embedding", "lab"),
        'token "lab" may not send "embedding"; widen its event types in the admin',
        "not_allowed",
        False,
    ),
    (
        errors.EventTooLarge(70213, 65536, 'BROADCAST["MAX_EVENT_BYTES"]'),
        'event is 70213 bytes; the limit is 65536 (BROADCAST["MAX_EVENT_BYTES"])',
        "event_too_large",
        False,
    ),
    (
        errors.KeyTooLong(300, 256, "episode_id, window_idx"),
        'key of episode_id, window_idx is 300 bytes; the limit is 256 (BROADCAST["MAX_KEY_BYTES"])',
        "key_too_long",
        False,
    ),
    (errors.PolicyFailed("KeyError: 'n'"), "policy failed: KeyError: 'n'", "policy_failed", False),
    (errors.InvalidMessage("expected a seq"), "expected a seq", "invalid_message", False),
    (
        errors.MessageTooLarge(2000000, 1048576),
        'message is 2000000 bytes; the limit is 1048576 (BROADCAST["MAX_MESSAGE_BYTES"])',
        "message_too_large",
        False,
    ),
    (
        errors.BatchTooLarge(1001, 1000),
        'message bears 1001 events; the limit is 1000 (BROADCAST["MAX_BATCH_EVENTS"])',
        "batch_too_large",
        False,
    ),
    (
        errors.UnsupportedEncoding("br"),
        'expected a Content-Encoding of gzip or none, got "br"',
        "unsupported_encoding",
        False,
    ),
    (
        errors.TooFast(20000),
        'more than 20000 events a second (BROADCAST["MAX_EVENTS_PER_S"]); send it again later',
        "too_fast",
        True,
    ),
    (
        errors.OutOfOrder(41),
        "message 41 was refused and must come first; send it and what follows again",
        "out_of_order",
        True,
    ),
    (
        errors.NotAuthorised(),
        'send "Authorization: Bearer <token>"; make a token with: manage.py create_producer_token NAME',
        "not_authorised",
        False,
    ),
    (
        errors.NotAuthorised(has_token=True),
        "the token is unknown, expired or revoked; make a new one with: manage.py create_producer_token NAME",
        "not_authorised",
        False,
    ),
    (
        errors.AccountsUnavailable(),
        "tokens cannot be looked up now; the server's log says why; send it again later",
        "accounts_unavailable",
        True,
    ),
    (
        errors.LoginRequired(),
        'log in to watch; a deployment whose boards are for everybody sets BROADCAST["REQUIRE_LOGIN"] to False',
        "login_required",
        False,
    ),
    (
        errors.OriginRefused("http://a.example", "the request is for 'http://b'", ("CSRF_TRUSTED_ORIGINS",)),
        "refused a socket of the page 'http://a.example', as the request is for 'http://b'; let the proxy pass Host on,"
        " or set CSRF_TRUSTED_ORIGINS (STICKYBOARD_TRUSTED_ORIGINS) if the page is yours",
        "origin_refused",
        False,
    ),
    (
        errors.UnsupportedProtocol("1", 2),
        "this server uses protocol 2, the client uses '1'; update the client, or reload the page",
        "unsupported_protocol",
        False,
    ),
    (
        errors.UnsupportedProtocol(None, 2),
        "this server uses protocol 2, the client states none; update the client, or reload the page",
        "unsupported_protocol",
        False,
    ),
    (
        errors.InvalidCursor("a:b"),
        'expected a cursor like "model_metric:k3fw9x2a:17", got "a:b"',
        "invalid_cursor",
        False,
    ),
    (errors.UnknownBoard("mian", ["talk", "main"]), 'no board "mian"; there is main, talk', "unknown_board", False),
    (errors.StoreUnavailable("disk is full"), "the store cannot be used now: disk is full", "store_unavailable", True),
    (errors.StoreUnusable("damaged", "move x.db away"), "damaged; move x.db away", "store_unusable", True),
    (
        errors.StoreUnusable("damaged", "move x.db away", "page 7"),
        "damaged (page 7); move x.db away",
        "store_unusable",
        True,
    ),
]
# Never raised themselves: what they have in common, to be caught by.
BASES = {errors.StickyboardError, errors.EventRefused, errors.MessageRefused, errors.StoreError, errors._WithReason}


def all_errors() -> set[type[StickyboardError]]:
    return {
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, StickyboardError)
    } - BASES


@pytest.mark.parametrize(("error", "sentence", "code", "retry"), TABLE, ids=lambda value: type(value).__name__)
def test_an_error_says_what_happened_and_what_would_be_right(error, sentence, code, retry):
    assert (str(error), error.code, error.retry) == (sentence, code, retry)


def test_every_error_is_in_the_table_above():
    assert {type(row[0]) for row in TABLE} == all_errors()


def test_codes_are_unique():
    codes = [kind.code for kind in all_errors() | BASES - {errors._WithReason}]
    assert len(codes) == len(set(codes))


def test_an_unknown_type_far_from_all_is_told_those_there_are():
    assert str(errors.UnknownEventType("zzz", ["model_metric", "other"])) == (
        'no event type "zzz"; there are model_metric, other'
    )
    many = [f"t{number}" for number in range(errors.MAX_NAMED + 2)]
    assert str(errors.UnknownEventType("zzz", many)).endswith(", t29 and 2 more")


@pytest.mark.parametrize(
    "error",
    [
        errors.RepeatedKey(LONG),
        errors.UnknownEventType(LONG),
        errors.InvalidCursor(LONG),
        errors.UnknownBoard(LONG, ["main"]),
    ],
)
def test_what_a_stranger_sent_is_shown_in_short(error):
    assert "x" * 80 in str(error)
    assert "x" * 81 not in str(error)


@pytest.mark.parametrize("kind", [errors.StoreError, errors.StoreUnavailable, errors.StoreUnusable])
def test_what_a_store_says_to_strangers_is_not_what_it_says_of_files(kind):
    error = kind("disk is full", "free space on the volume of /srv/x.db", "ENOSPC at /srv/x.db")
    assert error.public == str(kind("disk is full"))
    assert str(error) == f"{error.public} (ENOSPC at /srv/x.db); free space on the volume of /srv/x.db"
    assert "/srv" not in error.public


def printed() -> list[tuple[int, str]]:
    lines = [line for line in (errors.__doc__ or "").splitlines() if "── " in line]
    return [(line.index("── ") // 4 - 1, line.split("── ")[1].split()[0]) for line in lines]


def parent_of(tree: list[tuple[int, str]]) -> dict[str, str]:
    """Return the parent of each name, "" at the top."""
    path, parents = [], {}
    for depth, name in tree:
        path[depth:] = [name]
        parents[name] = path[-2] if depth else ""
    return parents


def test_the_tree_in_the_docstring_is_the_real_one():
    kinds = all_errors() | BASES - {errors._WithReason, errors.StickyboardError}
    real = {}
    for kind in kinds:
        bases = [base for base in kind.__mro__[1:] if base in BASES - {errors._WithReason}]
        real[kind.__name__] = "" if bases[0] is StickyboardError else bases[0].__name__
    assert parent_of(printed()) == real


def test_the_docstring_says_each_code_and_which_may_be_tried_again():
    lines = (errors.__doc__ or "").splitlines()
    for kind in all_errors():
        [line] = [line for line in lines if f"── {kind.__name__} " in line]
        assert line.split(f"{kind.__name__} ")[1].split()[0].rstrip(",") == kind.code
        assert line.endswith(", retry") is kind.retry


def test_a_name_that_is_misspelt_in_every_event_is_looked_for_once(monkeypatch):
    looks, look = [], errors.difflib.get_close_matches

    def noted(name, known, n):
        looks.append(name)
        return look(name, known, n)

    monkeypatch.setattr(errors.difflib, "get_close_matches", noted)

    told = {str(errors.UnknownEventType("misspelt_type", {"misspelled_type": 1})) for _ in range(1000)}

    assert told == {'no event type "misspelt_type"; did you mean "misspelled_type"?'}
    assert looks == ["misspelt_type"]
