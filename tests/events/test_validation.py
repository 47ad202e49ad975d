"""From bytes to a checked event: what is refused with which sentence, and what exactly is stored."""

import json
import random
from contextlib import suppress
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.errors import (
    EventRefused,
    EventTooLarge,
    InvalidEvent,
    InvalidJSON,
    KeyTooLong,
    RepeatedKey,
    UnknownEventType,
)
from broadcast.events.event_type import EventType
from broadcast.events.policies import latest
from broadcast.events.validation import Validator
from broadcast.types import Write
from tests.support.validating import KINDS, TYPED, VALIDATOR, check, refusal

# what is refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"score": "12%"}, 'expected `float`, got "12%" at $.score'),
        ({"score": True}, "expected `float`, got true at $.score"),
        ({"score": None}, "expected `float`, got null at $.score"),
        ({"score": [1] * 99}, "expected `float`, got [" + "1," * 28 + "… at $.score"),
        ({"points": [[0, 1], [2, "x"]]}, 'expected `float`, got "x" at $.points[1][1]'),
        ({"points": [[0, 1, 2]]}, "expected `array` of length 2, got [0,1,2] at $.points[0]"),
        ({"points": {}}, "expected `array`, got {} at $.points"),
        ({"share": "x"}, 'expected `float | null`, got "x" at $.share'),
        ({"by_name": {"a": "x"}}, 'expected `float`, got {"a":"x"} at $.by_name[...]'),
        ({"score": 10**400}, "number out of range (got 1" + "0" * 56 + "…) at $.score"),
        (
            {"note": {"id": 2**53}},
            f"expected whole numbers up to {2**53 - 1}, got {2**53} at $.note.id; send it as a string",
        ),
        ({"score": -1}, "a score below 0 at $"),
    ],
)
def test_a_wrong_field_is_reported_with_value_and_path(change, said):
    error = refusal({**TYPED, **change})
    assert (type(error), str(error)) == (InvalidEvent, said)


class Machine(msgspec.Struct):
    load: float
    state: Literal["idle", "busy"] | None = None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"laod": 1}, 'did you mean `load` by "laod"?'),
        ({"other": 1}, "`load` at $"),
        ({"load": 1, "state": "on fire"}, 'expected one of "idle", "busy", got "on fire" at $.state'),
    ],
)
def test_it_names_what_may_be_meant(fields, said):
    kind = EventType("machine", Machine, latest())
    with pytest.raises(InvalidEvent) as caught:
        Validator({"machine": kind}, 65_536, 100).check(msgspec.json.encode({"type": "machine", **fields}))
    assert str(caught.value).endswith(said)


def test_a_missing_field_is_named():
    error = refusal({"type": "typed", "model": "gbt"})
    assert (type(error), str(error)) == (InvalidEvent, "object missing required field `score` at $")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ([], "expected an object with a type, got list at $"),
        (17, "expected an object with a type, got int at $"),
        (None, "expected an object with a type, got NoneType at $"),
        ({"value": 1}, f'missing "type" at $; expected an event type, such as "type": "{next(iter(KINDS))}"'),
        ({"typ": "typed"}, 'missing "type" at $; did you mean "type" by "typ"?'),
        ({"type": 5}, "expected a string, got 5 at $.type"),
        ({"type": None}, "expected a string, got null at $.type"),
    ],
)
def test_what_bears_no_type_is_no_event(event, said):
    error = refusal(event)
    assert (type(error), str(error)) == (InvalidEvent, said)


def test_an_unknown_type_suggests_a_similar_one():
    error = refusal({"type": "typd"})
    assert (type(error), str(error)) == (UnknownEventType, 'no event type "typd"; did you mean "typed"?')


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"type":NaN}', b'{"a":1e999}', b'{"a":"\xff"}', b'{"a":1}x', b"\xef\xbb\xbf{}"]
)
def test_what_is_not_json_is_refused(raw):
    assert isinstance(refusal(raw), InvalidJSON)


@pytest.mark.parametrize("depth", [2000, 100_000])
def test_nesting_that_is_too_deep_is_refused(depth):
    roomy = Validator(KINDS, 10**6, 20)
    with pytest.raises(InvalidJSON, match="nested too deeply"):
        roomy.check(b'{"type":"whole","n":1,"x":' + b"[" * depth + b"]" * depth + b"}")


def test_no_depth_of_nesting_is_anything_but_refused():
    roomy = Validator(KINDS, 10**6, 20)
    for depth in range(700, 1010):
        body = b'{"type":"keyed","n":1,"key":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
        with suppress(EventRefused):
            roomy.check(body)


def test_a_whole_number_that_no_browser_can_read_is_refused():
    refusal(b'{"type":"whole","n":1,"x":%d}' % 10**400)
    refusal(b'{"type":"whole","n":1,"x":[%d]}' % -(2**53))


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_no_depth_beside_many_digits_is_anything_but_refused(opening, closing):
    roomy = Validator(KINDS, 10**6, 20)
    digits = b"9" * 400
    for depth in range(700, 1010):
        with suppress(EventRefused):
            roomy.check(b'{"type":"whole","n":1,"z":"%b","x":%b1%b}' % (digits, opening * depth, closing * depth))


def test_an_event_as_large_as_its_type_allows_is_taken():
    raw = b'{"type":"small","x":"1234567"}'
    assert len(raw) == 30
    check(raw)


def test_one_byte_more_is_too_large_and_says_whose_limit_it_is():
    error = refusal(b'{"type":"small","x":"12345678"}')
    assert (type(error), str(error)) == (EventTooLarge, "event is 31 bytes; the limit is 30 (small.max_event_bytes)")


def test_a_type_without_a_limit_has_the_settings():
    error = refusal({**TYPED, "note": "x" * 2000})
    assert type(error) is EventTooLarge
    assert str(error).endswith('or BROADCAST["MAX_EVENT_BYTES"])')


def test_a_keys_length_is_counted_in_bytes():
    check({**TYPED, "model": "é" * 10})
    error = refusal({**TYPED, "model": "é" * 11})
    assert (type(error), str(error)) == (
        KeyTooLong,
        'key of model is 22 bytes; the limit is 20 (BROADCAST["MAX_KEY_BYTES"])',
    )


def test_a_lanes_length_has_the_same_limit():
    assert isinstance(refusal({"type": "laned", "lane": "x" * 21, "n": 1}), KeyTooLong)


def test_an_empty_lane_is_refused():
    error = refusal({"type": "laned", "lane": "", "n": 1})
    assert (type(error), str(error)) == (InvalidEvent, "expected a name that is not empty at $.lane")


# what is stored


def test_a_blind_policy_is_given_the_event_in_canonical_form():
    write = check(b' { "type" : "keyed", "key":"\\u0061", "n" : 1, "more": [1.50, 2e3] } ')
    assert write == Write("a", "", '{"type":"keyed","key":"a","n":1,"more":[1.5,2000.0]}')


def test_a_policy_that_looks_is_given_the_event():
    write = check({"type": "sum", "key": "a", "n": 1, "more": 2})
    assert write == Write("a", event={"type": "sum", "key": "a", "n": 1, "more": 2})


def test_a_ring_is_given_its_lane_and_no_key():
    write = check({"type": "laned", "lane": "h1", "n": 1})
    assert (write.key, write.lane) == (None, "h1")


def test_a_write_bears_who_sent_it_in_which_message():
    _, write = VALIDATOR.check(json.dumps(TYPED).encode(), "1:lab", 41)
    assert (write.producer, write.seq) == ("1:lab", 41)


NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def spelled(value, rng: random.Random, planted: list[str] | None = None) -> str:
    """Return JSON text with random white space and escapes; `planted` is filled by repeating one key."""

    def gap() -> str:
        return rng.choice(["", "", " ", "\n\t", "\r "])

    def text(plain: str) -> str:
        units = plain.encode("utf-16-be")
        codes = [units[place : place + 2] for place in range(0, len(units), 2)]
        escaped = "".join(f"\\u{code.hex()}" for code in codes)
        return f'"{escaped}"' if rng.random() < 0.5 else json.dumps(plain, ensure_ascii=rng.random() < 0.5)

    def spell(value) -> str:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, list):
            return "[" + ",".join(gap() + spell(inner) + gap() for inner in value) + gap() + "]"
        if not isinstance(value, dict):
            return json.dumps(value)
        pairs = list(value.items())
        if planted is not None and pairs and not planted:
            key = rng.choice(pairs)[0]
            planted.append(key)
            pairs.insert(rng.randrange(len(pairs) + 1), (key, rng.choice([None, 1, pairs[0][1]])))
        body = ",".join(gap() + text(key) + gap() + ":" + gap() + spell(inner) + gap() for key, inner in pairs)
        return "{" + body + "}"

    return spell(value)


ROOMY = Validator(KINDS, 10**6, 10**6)


@given(VALUES, st.randoms(use_true_random=False))
def test_what_is_kept_decodes_to_what_was_sent(value, rng):
    raw = spelled({"type": "whole", "n": 1, "x": value}, rng)
    _, write = ROOMY.check(raw.encode())
    assert json.loads(write.value) == json.loads(raw)
    assert msgspec.json.encode(msgspec.json.decode(write.value)).decode() == write.value


WRAPS = st.sampled_from([lambda inner: [1, inner], lambda inner: {"a": inner}, lambda inner: [[], {"b": [inner]}]])
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=3)


@given(OBJECTS, st.lists(WRAPS, max_size=4), st.randoms(use_true_random=False))
def test_a_repeated_key_is_found_at_any_depth_and_spelling(value, wraps, rng):
    planted: list[str] = []
    text = spelled(value, rng, planted)
    for wrap in wraps:
        # The wrapped text replaces its marker.
        text = json.dumps(wrap("MARK")).replace('"MARK"', text)
    with pytest.raises(RepeatedKey) as refused:
        ROOMY.check(f'{{"type":"whole","n":1,"x":{text}}}'.encode())
    assert f'the key "{planted[0][:80]}" twice' in str(refused.value)


def test_a_repeated_key_of_the_event_itself_is_found():
    assert '"n"' in str(refusal(b'{"type":"whole","n":1,"\\u006e":2}'))


def test_equal_keys_of_different_objects_are_none():
    check(b'{ "type":"whole","n":1,"x":[{"a":1},{"a":{"a":2}}]}')


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_raise_anything_but_a_refusal(raw):
    with pytest.raises(EventRefused):
        VALIDATOR.check(raw)


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(["key", "lane", "n", "score", "model"]), VALUES))
def test_no_fields_raise_anything_but_a_refusal(name, fields):
    raw = msgspec.json.encode({**fields, "type": name})
    try:
        VALIDATOR.check(raw)
    except EventRefused as refused:
        assert 0 < len(str(refused)) < 500
