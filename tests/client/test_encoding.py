"""How each type of value in an event is sent, and the errors for values that cannot be sent."""

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import types
import uuid
from typing import Any

import msgspec
import numpy as np
import pytest

from stickyboard import Producer
from stickyboard.encoding import encode_event, event_of
from tests.support.scripted_server import acknowledge, make_producer, serving


class Kind(enum.StrEnum):
    GOOD = "good"


class Level(enum.Enum):
    LOW = 1


@dataclasses.dataclass
class Box:
    side: float
    owner: Any = None


class Point(msgspec.Struct):
    x: int


class TensorWithList:
    def tolist(self) -> list[float]:
        return [0.5, 1.0]


class TensorWithNumpy:
    def numpy(self) -> Any:
        return np.array([1, 2])


class Scalar:
    def item(self) -> float:
        return 0.25


class MetaTensor:
    def tolist(self) -> Any:
        raise NotImplementedError("no data on the meta device")


class Endless:
    def tolist(self) -> Any:
        return Endless()


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (TensorWithList(), [0.5, 1.0]),
        (TensorWithNumpy(), [1, 2]),
        (Scalar(), 0.25),
        ([TensorWithList(), {"deep": Scalar()}], [[0.5, 1.0], {"deep": 0.25}]),
        (datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.UTC), "2026-01-02T03:00:00+00:00"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.timedelta(minutes=1), 60.0),
        (decimal.Decimal("0.91"), 0.91),
        (decimal.Decimal("3"), 3),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({2, 1}), [1, 2]),
        ((1, 2), [1, 2]),
        (collections.deque([1]), [1]),
        (range(2), [0, 1]),
        (Box(1.0, Point(2)), {"side": 1.0, "owner": {"x": 2}}),
        (Kind.GOOD, "good"),
        (Level.LOW, 1),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        ({1: "one", Kind.GOOD: 2, np.int64(3): 4}, {"1": "one", "good": 2, "3": 4}),
        (2**53 - 1, 2**53 - 1),
        (1e300, 1e300),
        ("12345678901234567890", "12345678901234567890"),
        (0.1234567890123456789, 0.12345678901234568),
        (None, None),
    ],
)
def test_values_are_sent_as_documented(value: Any, sent: Any) -> None:
    encoded = encode_event({"type": "t", "v": value, "many": [value]})
    assert json.loads(encoded) == {"type": "t", "v": sent, "many": [sent]}


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (b"abc", TypeError, r"bytes has no JSON form at \$\.v\[0\]\.w; decode text with \.decode\(\)"),
        (bytearray(b"abc"), TypeError, r"bytearray has no JSON form at"),
        (memoryview(b"abc"), TypeError, r"memoryview has no JSON form at"),
        (np.bytes_(b"abc"), TypeError, r"bytes_ has no JSON form at"),
        (object(), TypeError, r"object has no JSON form at \$\.v\[0\]\.w; convert it to a number"),
        (np.ndarray, TypeError, r"type has no JSON form at"),
        (1j, TypeError, r"complex has no JSON form at"),
        ((n for n in ()), TypeError, r"generator has no JSON form at"),
        (MetaTensor(), ValueError, r"MetaTensor cannot be converted at \$\.v\[0\]\.w: no data on the meta device"),
        (Endless(), ValueError, r"nested too deeply at \$\.v\[0\]\.w"),
        (decimal.Decimal("NaN"), ValueError, r"expected a finite number, got nan at \$\.v\[0\]\.w"),
        (2**53, ValueError, r"got 9007199254740992 at \$\.v\[0\]\.w; send it as a string"),
        (-(2**53), ValueError, r"got -9007199254740992 at \$\.v\[0\]\.w; send it as a string"),
        pytest.param(10**5000, ValueError, r"got one of 16610 bits at \$\.v\[0\]\.w; send it as a", id="long"),
        (np.uint64(2**64 - 1), ValueError, r"got 18446744073709551615 at \$\.v\[0\]\.w; send it as a string"),
        ("\ud800", ValueError, r"expected valid Unicode, got '\\ud800' at \$\.v\[0\]\.w"),
        ({(1, 2): 3}, TypeError, r"tuple cannot be a key at \$\.v\[0\]\.w; use a string"),
        ({None: 3}, TypeError, r"NoneType cannot be a key at"),
        ({1: 1, "1": 2}, ValueError, r'two keys are both "1" as strings at \$\.v\[0\]\.w'),
    ],
)
def test_an_unsendable_value_raises_its_path_and_a_hint(value: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        encode_event({"type": "t", "v": [{"w": value}]})


def test_a_list_that_contains_itself_raises() -> None:
    itself: list[Any] = []
    itself.append(itself)
    with pytest.raises(ValueError, match="nested too deeply"):
        encode_event({"type": "t", "v": itself})


def test_an_event_may_be_complete_or_in_parts() -> None:
    whole = {"type": "t", "n": 1}
    assert (
        event_of(whole)
        == event_of("t", {"n": 1})
        == event_of("t", None, {"n": 1})
        == event_of(whole, {"n": 1})
        == whole
    )
    assert event_of(whole, {"n": 2}, {"m": 3}) == {"type": "t", "n": 2, "m": 3}
    assert whole == {"type": "t", "n": 1}


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (({},), TypeError, r'expected a string, such as "model_metric", got nothing at \$\.type'),
        (({"type": 3},), TypeError, r"got int 3 at \$\.type"),
        (({"type": {"type": "t"}},), TypeError, r"got dict \{'type': 't'\} at \$\.type"),
        ((3,), TypeError, r'expected an event type, such as "model_metric", and its fields as a mapping, got int 3'),
        ((["t"],), TypeError, r"got list \['t'\]"),
        (("t", [1, 2]), TypeError, r"got list \[1, 2\]"),
        (("t", np.array([1, 2])), TypeError, r"got ndarray"),
        (("t", {"type": "u"}), ValueError, r"the event type is \"t\", but its fields have the type str 'u'"),
    ],
)
def test_an_invalid_event_raises_at_the_call(arguments: tuple[Any, ...], kind: type, message: str) -> None:
    producer = Producer("http://localhost:1", "secret")
    with pytest.raises(kind, match=message):
        producer.publish(*arguments)


@pytest.mark.asyncio
async def test_publish_accepts_a_complete_event() -> None:
    async with serving(acknowledge) as server, make_producer(server) as producer:
        await producer.publish({"type": "t", "n": 1}, wait=True)
        await producer.publish({"type": "t"}, n=2, wait=True)
        assert server.applied == [1, 2]
        with pytest.raises(TypeError, match="got nothing at"):
            await producer.put({"n": 3})
