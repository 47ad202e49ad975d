import base64

import pytest
from msgspec import Struct, json

from broadcast.errors import EventRefused
from broadcast.events.event_type import EventType
from broadcast.events.images import MAX_IMAGE_BYTES, Base64Image
from broadcast.events.policies import latest
from broadcast.events.schemas import accepted_example_of
from broadcast.events.validation import Validator

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0"
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "


class Photo(Struct):
    image: Base64Image


KIND = EventType("photo", Photo, latest(), max_event_bytes=700_000)
VALIDATOR = Validator({"photo": KIND}, 65_536, 256)


def refusal_of(image: str) -> str:
    try:
        VALIDATOR.check(json.encode({"type": "photo", "image": image}))
    except EventRefused as exc:
        return f"{exc.code} {exc}"
    return ""


@pytest.mark.parametrize("start", [PNG, JPEG, WEBP])
def test_accepts_each_format(start: bytes):
    for length in range(3):
        assert refusal_of(base64.b64encode(start + bytes(length)).decode()) == ""


def test_accepts_the_beginning_of_a_data_url():
    assert refusal_of(f"data:image/png;base64,{base64.b64encode(PNG).decode()}") == ""


def test_refuses_other_files_and_text():
    for image in ("", "text", base64.b64encode(b"GIF89a" + bytes(9)).decode(), f"{base64.b64encode(PNG).decode()}<"):
        assert refusal_of(image).startswith("invalid_event expected a PNG, JPEG or WebP in base64")
        assert "$.image" in refusal_of(image)


def test_refuses_a_picture_beyond_the_limit():
    assert refusal_of(base64.b64encode(PNG + bytes(MAX_IMAGE_BYTES - len(PNG))).decode()) == ""
    assert "length" in refusal_of(base64.b64encode(PNG + bytes(MAX_IMAGE_BYTES + 20)).decode())


def test_has_an_example_that_is_accepted():
    assert accepted_example_of(KIND, VALIDATOR) is not None
