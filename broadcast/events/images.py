"""A type for Structs whose events contain pictures."""

from typing import Annotated, Final

from msgspec import Meta

MAX_IMAGE_BYTES: Final = 500_000
_PREFIX: Final = "data:image/jpeg;base64,"  # as long as any that is allowed
# The first bytes of each format, in base64: "\x89PNG\r\n\x1a\n", "\xff\xd8\xff", and "RIFF....WEBP".
IMAGE_PATTERN: Final = (
    r"^(data:image/(png|jpeg|webp);base64,)?(iVBORw0KGgo|/9j/|UklGR[0-9A-Za-z+/]{6}XRUJQ)[0-9A-Za-z+/]*={0,2}$"
)
EXPECTED_IMAGE: Final = "a PNG, JPEG or WebP in base64"

Base64Image = Annotated[
    str,
    Meta(
        pattern=IMAGE_PATTERN,
        max_length=(MAX_IMAGE_BYTES + 2) // 3 * 4 + len(_PREFIX),
        description=f"{EXPECTED_IMAGE}, of at most {MAX_IMAGE_BYTES:,} bytes",
        examples=["iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR42mNg+A+EAAYAAf+tLDclAAAAAElFTkSuQmCC"],
    ),
]
"""A picture in base64, as the widget `Image` draws it. Set the event type's `max_event_bytes` to 700_000."""
