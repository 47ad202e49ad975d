"""Which call published an event, so that an error that comes later can name it."""

import asyncio
import inspect
from pathlib import Path

_HERE = str(Path(__file__).parent)
_ASYNCIO = str(Path(asyncio.__file__).parent)


def caller() -> str:
    """Return where this package was called from, as `train.py:41`; "" where a task of its own called it."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename.startswith(_ASYNCIO):
        return ""
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
