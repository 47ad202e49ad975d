"""Writes event files of TensorBoard, byte by byte, for what no library would write."""

import struct
from pathlib import Path

from stickyboard.tensorboard.records import masked_crc

# Written by torch.utils.tensorboard: ten steps of two scalars, a NaN, a text, a picture and a histogram.
TORCH_FILE = Path(__file__).parent.parent / "client/tensorboard/events.out.tfevents.torch"


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + masked_crc(length) + data + masked_crc(data)


def field(number: int, value: bytes) -> bytes:
    assert number < 16 and len(value) < 2**14
    length = bytes([len(value)]) if len(value) < 128 else bytes([len(value) & 127 | 128, len(value) >> 7])
    return bytes([number << 3 | 2]) + length + value


def event(step: int, *values: bytes) -> bytes:
    assert step < 128
    summary = b"".join(field(1, value) for value in values)
    return record(b"\x09" + struct.pack("<d", 1.79e9) + b"\x10" + bytes([step]) + field(5, summary))


def scalar(tag: str, value: float) -> bytes:
    return field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, plugin: str, content: bytes) -> bytes:
    """A value as TensorFlow 2 writes it; `content` is a TensorProto."""
    metadata = field(1, field(1, plugin.encode())) if plugin else b""
    return field(1, tag.encode()) + field(8, content) + (field(9, metadata) if plugin else b"")
