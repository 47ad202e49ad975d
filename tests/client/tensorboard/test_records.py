"""Event files: framing, damage, and what records contain."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stickyboard.runs.values import Media
from stickyboard.tensorboard.protobuf import fields
from stickyboard.tensorboard.records import Damage, Record, masked_crc, read_records
from stickyboard.tensorboard.summaries import Decoder, binned, short
from tests.support.event_files import TORCH_FILE, event, field, record, scalar, tensor

PICTURE = b"\x89PNG\r\n\x1a\n"


def read(data: bytes) -> list[Record | Damage]:
    return list(read_records(io.BytesIO(data)))


def decode(*values: bytes) -> list:
    decoder = Decoder()
    found = [decoder.decode(each.data) for each in read(b"".join(event(1, value) for value in values))]
    assert not any(each.problems for each in found)
    return [value for each in found for value in each.values]


def test_the_checksum_is_that_of_other_implementations():
    # CRC-32C of "123456789" is e3069283, see RFC 3720
    assert masked_crc(b"123456789") == ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8 & 0xFFFFFFFF).to_bytes(
        4, "little"
    )


def test_records_have_numbers_and_offsets():
    first, second = record(b"one"), record(b"three")
    assert read(first + second) == [Record(1, 0, 19, b"one"), Record(2, 19, 40, b"three")]


def test_a_damaged_record_is_skipped():
    data = bytearray(record(b"one") + record(b"two") + record(b"three"))
    data[19 + 13] ^= 1
    first, damage, third = read(bytes(data))
    assert (damage.offset, "damaged" in damage.reason) == (19, True)
    assert (first.data, third.number, third.data) == (b"one", 3, b"three")


def test_a_damaged_length_ends_the_file():
    data = bytearray(record(b"one") + record(b"two") + record(b"three"))
    data[19] ^= 1
    assert [type(each) for each in read(bytes(data))] == [Record, Damage]


@pytest.mark.parametrize("cut", [1, 5, 12, 18])
def test_a_file_may_end_within_a_record(cut):
    _, damage = read(record(b"one") + record(b"two")[:cut])
    assert (damage.offset, "ends within" in damage.reason) == (19, True)


def test_a_record_beyond_the_limit_is_skipped():
    damage, second = read_records(io.BytesIO(record(b"three") + record(b"two")), max_bytes=4)
    assert ("limit" in damage.reason, second.data) == (True, b"two")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_value_error(data):
    try:
        Decoder().decode(data)
        Decoder().decode(field(5, field(1, data)))
        Decoder().decode(field(5, field(1, tensor("t", "histograms", data))))
    except ValueError:
        pass


def test_a_field_beyond_its_message_is_an_error():
    with pytest.raises(ValueError, match="longer"):
        list(fields(b"\x0a\x05abc"))


def test_the_file_of_torch_has_its_values():
    with TORCH_FILE.open("rb") as file:
        decoder = Decoder()
        events = [decoder.decode(each.data) for each in read_records(file)]
    values = [(name, each.step, each.time) for each in events for name, _ in each.values]
    assert values[:3] == [("loss", 0, 1.79e9), ("val/acc", 0, 1.79e9), ("loss", 1, 1.79e9 + 1)]
    assert [name for name, _, _ in values[20:]] == ["odd", "note", "sample", "weights"]
    media = [value for each in events for _, value in each.values if isinstance(value, Media)]
    assert media[0].fields["text"] == "warm-up done"
    assert media[1].fields["source"].startswith("iVBORw0KGgo")
    assert sum(media[2].fields["counts"]) == 100
    edges = media[2].fields["bins"]
    assert (edges[0], edges[-1], edges == sorted(edges)) == (-1, 1, True)


def test_scalars_of_tensorflow_2_are_numbers():
    as_floats = b"\x08\x01" + field(5, struct.pack("<f", 0.5))
    as_content = b"\x08\x02" + field(4, struct.pack("<d", 0.25))
    # Only the first value of a tag names its plugin.
    values = (tensor("a", "scalars", as_floats), tensor("a", "", as_content), tensor("b", "other", as_floats))
    assert decode(*values) == [("a", 0.5), ("a", 0.25)]


def test_media_of_tensorflow_2_are_media():
    rows = struct.pack("<6d", 0, 1, 3, 1, 2, 4)
    strings = b"".join(field(8, each) for each in (b"4", b"4", PICTURE))
    (_, bars), (_, picture), (_, text) = decode(
        tensor("h", "histograms", b"\x08\x02" + field(4, rows)),
        tensor("i", "images", b"\x08\x07" + strings),
        tensor("t/text_summary", "text", b"\x08\x07" + field(8, b"one") + field(8, b"two")),
    )
    assert (bars.fields["counts"], bars.fields["bins"]) == ([3, 4], [0, 1, 2])
    assert (picture.type, text.fields["text"]) == ("run_image", "one\ntwo")


def test_a_bad_value_leaves_the_others():
    decoded = Decoder().decode(read(event(1, tensor("x", "scalars", b""), scalar("y", 2)))[0].data)
    assert decoded.values == [("y", 2)]
    assert len(decoded.problems) == 1


def test_many_bins_are_merged():
    media = binned([float(edge) for edge in range(1001)], [1.0] * 1000)
    assert (len(media.fields["counts"]), sum(media.fields["counts"])) == (200, 1000)
    assert media.fields["bins"][-1] == 1000


def test_a_long_name_keeps_its_end():
    assert (len(short("x" * 500)), short("a/" * 100 + "end")[-3:]) == (120, "end")
