"""What a run logs besides numbers: pictures, confusion matrices, histograms and tables.

What cannot be logged is a problem that `log` reports, not an exception here.
"""

import base64
import functools
import io
import struct
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, ParamSpec

from stickyboard.runs.values import Media, number_of

P = ParamSpec("P")
MAX_IMAGE_BYTES: Final = 500_000
MAX_CLASSES: Final = 200
MAX_BINS: Final = 200
MAX_ROWS: Final = 1000
SIGNATURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


def reported_by_log(make: Callable[P, Media]) -> Callable[P, Media]:
    """Let `log` report what cannot be made of a value, so that it does not end the program."""

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Media:
        try:
            return make(*args, **kwargs)
        except Exception as exc:  # whatever the value of another library does
            reason = str(exc) if isinstance(exc, ValueError | OSError) else f"{type(exc).__name__}: {exc}"
            return Media("", {}, f"{make.__name__}(): {reason}")

    return made


@reported_by_log
def image(source: Any, caption: str = "") -> Media:
    """A picture: a PNG, JPEG or WebP as bytes or as a file's path, a PIL image, a matplotlib figure, or an array.

    Args:
        source: an array has the shape (height, width), (height, width, 1), (height, width, 3) or (height, width, 4),
            with bytes from 0 to 255 or floats from 0 to 1. As a file, it has at most 500 kB.
    """
    data = _picture_bytes(source)
    if not data.startswith(SIGNATURES):
        raise ValueError("expected a PNG, JPEG or WebP picture, or an array")
    if len(data) > MAX_IMAGE_BYTES:
        raise ValueError(f"the picture is {len(data)} bytes; the limit is {MAX_IMAGE_BYTES}: make it smaller")
    return Media("run_image", {"source": base64.b64encode(data).decode(), "caption": caption})


@reported_by_log
def confusion(labels: Sequence[Any], counts: Any) -> Media:
    """A confusion matrix.

    Args:
        counts: one row for each true class, with the number of samples for each predicted class; at most 200.
    """
    rows = [[_number(value, "counts") for value in row] for row in _listed(counts)]
    names = [str(label) for label in _listed(labels)]
    if len(rows) != len(names) or any(len(row) != len(names) for row in rows):
        raise ValueError(f"expected {len(names)} rows of {len(names)} counts, one for each label")
    if len(names) > MAX_CLASSES:
        raise ValueError(f"expected at most {MAX_CLASSES} classes, got {len(names)}")
    return Media("run_confusion", {"labels": names, "counts": rows})


@reported_by_log
def histogram(values: Any, bins: int = 40) -> Media:
    """The distribution of numbers, such as the weights of a layer: an array of any shape, or counts with their edges.

    Args:
        values: the numbers, or a pair (counts, edges) as `numpy.histogram` returns it.
        bins: the number of bins, at most 200. Values that are not finite are left out.
    """
    if isinstance(values, tuple) and len(values) == 2:
        counts, edges = ([_number(each, "histogram") for each in _listed(part)] for part in values)
    else:
        counts, edges = _binned(values, max(1, min(bins, MAX_BINS)))
    if len(edges) != len(counts) + 1:
        raise ValueError(f"expected one edge more than counts, got {len(counts)} counts and {len(edges)} edges")
    return Media("run_histogram", {"counts": counts, "bins": edges})


@reported_by_log
def table(rows: Any) -> Media:
    """A table: a list of dicts, or a data frame. The first 1,000 rows are logged."""
    listed = rows.to_dict("records") if hasattr(rows, "to_dict") else rows
    if not isinstance(listed, Sequence) or not all(isinstance(row, Mapping) for row in listed[:MAX_ROWS]):
        raise ValueError("expected a list of dicts, or a data frame")
    return Media(
        "run_table", {"rows": [{str(name): _cell(cell) for name, cell in row.items()} for row in listed[:MAX_ROWS]]}
    )


def _cell(value: Any) -> Any:
    if value is None or value is True or value is False:
        return value
    number = number_of(value)
    if number is not None:
        return number if number - number == 0 else str(number)
    return str(value)


def _number(value: Any, what: str) -> float:
    number = number_of(value)
    if number is None or number - number != 0:
        raise ValueError(f"{what}: expected finite numbers, got {value!r}")
    return number


def _listed(values: Any) -> Sequence[Any]:
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _as_array(values: Any) -> Any:
    """Return an array or tensor as a NumPy array; None if it is none, or the program does not use NumPy."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not hasattr(values, "shape"):
        return None
    if hasattr(values, "detach"):  # a PyTorch tensor, perhaps on a GPU, perhaps of a type that NumPy lacks
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() else values
    return numpy.asarray(values)


def _binned(values: Any, bins: int) -> tuple[list[float], list[float]]:
    if (array := _as_array(values)) is not None:
        return _binned_array(array, bins)
    flat = _flat(values.tolist() if hasattr(values, "tolist") else values)
    if not flat:
        raise ValueError(f"expected numbers, got a {type(values).__name__}")
    finite = [value for value in flat if value - value == 0]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / bins
    counts = [0.0] * bins
    for value in finite:
        counts[min(bins - 1, int((value - low) / width))] += 1
    return counts, [low + index * width for index in range(bins)] + [high]


def _binned_array(array: Any, bins: int) -> tuple[list[float], list[float]]:
    numpy: Any = sys.modules["numpy"]
    numbers = array.astype(float).ravel()
    numbers = numbers[numpy.isfinite(numbers)]
    low, high = (numbers.min(), numbers.max()) if numbers.size else (0.0, 1.0)
    counts, edges = numpy.histogram(numbers, bins, (low - 0.5, high + 0.5) if low == high else (low, high))
    return counts.astype(float).tolist(), edges.tolist()


def _flat(values: Any) -> list[float]:
    if isinstance(values, list | tuple):
        return [number for each in values for number in _flat(each)]
    return [number] if (number := number_of(values)) is not None else []


def _picture_bytes(source: Any) -> bytes:
    if isinstance(source, bytes | bytearray):
        return bytes(source)
    if isinstance(source, str | Path):
        return Path(source).read_bytes()
    if hasattr(source, "savefig"):
        return _saved(lambda file: source.savefig(file, format="png", dpi=80))
    if hasattr(source, "save"):
        return _saved(lambda file: source.save(file, format="PNG"))
    return _png(source)


def _saved(save: Any) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def _png(array: Any) -> bytes:
    """Encode an array, without an imaging library."""
    if (pixels := _as_array(array)) is not None:
        return _png_of_array(pixels)
    rows = array.tolist() if hasattr(array, "tolist") else array
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], list) or not rows[0]:
        raise ValueError("expected a picture as an array of the shape (height, width) or (height, width, 3)")
    first = rows[0][0]
    channels = len(first) if isinstance(first, list) else 1
    flat = [[value for pixel in row for value in (pixel if isinstance(pixel, list) else (pixel,))] for row in rows]
    scale = 255 if any(isinstance(value, float) for row in flat for value in row) else 1
    lines = b"".join(b"\0" + bytes(max(0, min(255, round(value * scale))) for value in row) for row in flat)
    return _png_file(len(rows[0]), len(rows), channels, lines)


def _png_of_array(pixels: Any) -> bytes:
    numpy: Any = sys.modules["numpy"]
    if pixels.ndim not in (2, 3) or not pixels.size:
        raise ValueError(f"expected a picture of the shape (height, width) or (height, width, 3), got {pixels.shape}")
    if pixels.dtype.kind == "f":
        pixels = numpy.nan_to_num(pixels) * 255
    height, width, channels = (*pixels.shape, 1)[:3]
    rows = numpy.clip(numpy.rint(pixels), 0, 255).astype(numpy.uint8).reshape(height, -1)
    lines = numpy.zeros((height, rows.shape[1] + 1), numpy.uint8)  # each line begins with its filter, which is none
    lines[:, 1:] = rows
    return _png_file(width, height, channels, lines.tobytes())


def _png_file(width: int, height: int, channels: int, lines: bytes) -> bytes:
    colour_type = {1: 0, 3: 2, 4: 6}.get(channels)
    if colour_type is None:
        raise ValueError(f"expected 1, 3 or 4 channels, got {channels}")
    size = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    data = _chunk(b"IDAT", zlib.compress(lines, 4))
    return b"".join((SIGNATURES[0], _chunk(b"IHDR", size), data, _chunk(b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
