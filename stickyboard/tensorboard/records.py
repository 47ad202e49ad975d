"""Reads the records of an event file: TFRecord framing, checked with CRC-32C.

A record is a length (8 bytes), its checksum (4), the data and its checksum (4), all little-endian.

Source: https://www.tensorflow.org/tutorials/load_data/tfrecord
"""

from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

HEADER_BYTES: Final = 12
MAX_RECORD_BYTES: Final = 64 * 1024 * 1024


class Record(NamedTuple):
    """A record, which is in the file from `offset` to `end`; `number` counts from 1, damaged records included."""

    number: int
    offset: int
    end: int
    data: bytes


class Damage(NamedTuple):
    """What could not be read, and where it begins in the file."""

    offset: int
    reason: str


def read_records(file: BinaryIO, max_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record | Damage]:
    """Yield records, and what could not be read instead of a record. A damaged length ends the file."""
    size = file.seek(0, 2)
    file.seek(0)
    number = offset = 0
    while header := file.read(HEADER_BYTES):
        number += 1
        if len(header) == HEADER_BYTES and masked_crc(header[:8]) != header[8:]:
            yield Damage(offset, "the length of a record is damaged; the rest of the file was skipped")
            return
        end = offset + HEADER_BYTES + int.from_bytes(header[:8], "little") + 4
        if len(header) < HEADER_BYTES or end > size:
            yield Damage(offset, "the file ends within a record")
            return
        yield _read_data(file, number, offset, end, max_bytes)
        offset = end
        file.seek(offset)


def _read_data(file: BinaryIO, number: int, offset: int, end: int, max_bytes: int) -> Record | Damage:
    length = end - offset - HEADER_BYTES - 4
    if length > max_bytes:
        return Damage(offset, f"a record of {length} bytes was skipped; the limit is {max_bytes}")
    data = file.read(length)
    if masked_crc(data) != file.read(4):
        return Damage(offset, "a record is damaged and was skipped")
    return Record(number, offset, end, data)


def _table() -> list[int]:
    table = list(range(256))
    for _ in range(8):
        table = [(crc >> 1) ^ (0x82F63B78 if crc & 1 else 0) for crc in table]
    return table


TABLE: Final = _table()


def masked_crc(data: bytes) -> bytes:
    """Return the CRC-32C of data, rotated and shifted as these files have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")
