"""Every error has a code, a message with the facts, and states whether sending again can succeed."""

import inspect
import pickle

import pytest

from broadcast import errors
from broadcast.errors import StickyboardError

LONG = "x" * 100

TABLE = [
    (errors.InvalidJSON("it ends early"), "it ends early", "invalid_json", False),
    (errors.InvalidEvent("expected `float` at $.f1"), "at $.f1", "invalid_event", False),
    (errors.RepeatedKey("n"), '"n" twice', "repeated_key", False),
    (
        errors.UnknownEventType("model_metrics", ["embedding", "model_metric"]),
        "model_metrics",
        "unknown_event_type",
        False,
    ),
    (errors.NotAllowed("embedding", "lab"), '"lab"', "not_allowed", False),
    (errors.EventTooLarge(70213, 65536, "x.max_event_bytes"), "65536 (x.max_event_bytes)", "event_too_large", False),
    (errors.KeyTooLong(300, 256, "episode_id, window_idx"), "episode_id, window_idx", "key_too_long", False),
    (errors.PolicyFailed("KeyError: 'n'"), "KeyError", "policy_failed", False),
    (errors.InvalidMessage("expected a seq"), "expected a seq", "invalid_message", False),
    (errors.MessageTooLarge(2000000, 1048576), '"MAX_MESSAGE_BYTES"', "message_too_large", False),
    (errors.BatchTooLarge(1001, 1000), '"MAX_BATCH_EVENTS"', "batch_too_large", False),
    (errors.UnsupportedEncoding("br"), '"br"', "unsupported_encoding", False),
    (errors.PostRequired("GET"), "POST, not GET", "post_required", False),
    (errors.TooFast(20000), '"MAX_EVENTS_PER_S"', "too_fast", True),
    (errors.OutOfOrder(41), "message 41", "out_of_order", True),
    (errors.NotAuthorised(), "Bearer", "not_authorised", False),
    (errors.NotAuthorised(has_token=True), "revoked", "not_authorised", False),
    (errors.AccountsUnavailable(), "tokens", "accounts_unavailable", True),
    (errors.LoginRequired(), "log in", "login_required", False),
    (errors.PermissionRequired(), "permission", "permission_required", False),
    (errors.LinkRefused(), "expired", "link_refused", False),
    (
        errors.OriginRefused("http://a.example", "the request is for 'http://b'", {"CSRF_TRUSTED_ORIGINS": "ORIGINS"}),
        "CSRF_TRUSTED_ORIGINS (ORIGINS)",
        "origin_refused",
        False,
    ),
    (errors.UnsupportedProtocol("1", 2), "client uses '1'", "unsupported_protocol", False),
    (errors.UnsupportedProtocol(None, 2), "states none", "unsupported_protocol", False),
    (errors.InvalidCursor("a:b"), '"a:b"', "invalid_cursor", False),
    (errors.UnknownBoard("mian", ["talk", "main"]), "main, talk", "unknown_board", False),
    (errors.UnknownPath("/api/event", ["/api/events"]), '"/api/events"', "unknown_path", False),
    (
        errors.UnknownPath("/api/v1/boards/numbers", ["/api/events"]),
        "there are /api/events",
        "unknown_path",
        False,
    ),
    (errors.GetRequired("POST"), "GET, not POST", "get_required", False),
    (errors.HeadMoved("order"), "order", "head_moved", True),
    (errors.StoreUnavailable("disk is full"), "disk is full", "store_unavailable", True),
    (errors.StoreUnusable("damaged", "move x.db away"), "move x.db away", "store_unusable", True),
    (errors.StoreUnusable("damaged", "move x.db away", "page 7"), "(page 7)", "store_unusable", True),
]
# Base classes, which are never raised themselves.
BASES = {errors.StickyboardError, errors.EventRefused, errors.MessageRefused, errors.StoreError}


def all_errors() -> set[type[StickyboardError]]:
    return {
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, StickyboardError)
    } - BASES


@pytest.mark.parametrize(("error", "fact", "code", "retry"), TABLE, ids=lambda value: type(value).__name__)
def test_an_error_has_its_code_and_facts(error, fact, code, retry):
    assert (error.code, error.retry) == (code, retry)
    assert fact in str(error)


@pytest.mark.parametrize("error", [row[0] for row in TABLE], ids=lambda value: type(value).__name__)
def test_an_error_can_be_copied_to_another_process(error):
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), vars(copied)) == (type(error), str(error), vars(error))


def test_every_error_is_in_the_table_above():
    assert {type(row[0]) for row in TABLE} == all_errors()


def test_codes_are_unique():
    codes = [kind.code for kind in all_errors() | BASES]
    assert len(codes) == len(set(codes))


def test_an_unknown_type_lists_known_types_if_none_is_similar():
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
def test_values_from_clients_are_cut_to_80_characters(error):
    assert "x" * 80 in str(error)
    assert "x" * 81 not in str(error)


@pytest.mark.parametrize("kind", [errors.StoreError, errors.StoreUnavailable, errors.StoreUnusable])
def test_a_store_error_hides_paths_from_clients(kind):
    error = kind("disk is full", "free space on the volume of /srv/x.db", "ENOSPC at /srv/x.db")
    assert error.public == str(kind("disk is full"))
    assert "ENOSPC at /srv/x.db" in str(error)
    assert "/srv" not in error.public


def test_a_repeated_misspelling_is_compared_once(monkeypatch):
    compared, compare = [], errors.difflib.get_close_matches

    def noted(name, known, n):
        compared.append(name)
        return compare(name, known, n)

    monkeypatch.setattr(errors.difflib, "get_close_matches", noted)

    messages = {str(errors.UnknownEventType("misspelt_type", {"misspelled_type": 1})) for _ in range(1000)}

    assert messages == {'no event type "misspelt_type"; did you mean "misspelled_type"?'}
    assert compared == ["misspelt_type"]
