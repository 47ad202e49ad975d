"""The name and the config of a run, which may be anything: what cannot be sent is a problem, not an exception."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from stickyboard.runs.problems import Problems
from stickyboard.runs.values import MAX_NAME

MAX_CONFIG_BYTES: Final = 32_000


def name_of(name: Any, problems: Problems) -> str:
    """Return a name as text, without what UTF-8 cannot encode, as in a file's name; "run" if it is unreadable."""
    try:
        text = str(name)[:MAX_NAME]
    except Exception as exc:
        problems.add(f"the name could not be read: {type(exc).__name__}: {exc}; the run is called run")
        text = ""
    return text.encode(errors="replace").decode() or "run"


def as_dict(config: Any, problems: Problems) -> dict[str, Any]:
    """Return a config as a dict: of a mapping, a dataclass instance, or argparse's namespace."""
    try:
        if config is None:
            return {}
        return dict(config) if isinstance(config, Mapping) else {**vars(config)}
    except Exception as exc:
        expected = "expected a dict, a dataclass or argparse's namespace"
        problems.add(f"the config is a {type(config).__name__} ({exc}) and is not sent; {expected}", "config")
        return {}


def sendable(config: dict[str, Any], encode: Callable[[Any], bytes], problems: Problems) -> dict[str, Any]:
    """Return the config, or nothing if it cannot be encoded or is too large."""
    try:
        size = len(encode(config))
    except Exception as exc:  # whatever the config contains, the numbers are logged
        problems.add(f"the config is not sent: {type(exc).__name__}: {exc}", "config")
        return {}
    if size <= MAX_CONFIG_BYTES:
        return config
    problems.add(f"the config has {size} bytes and is not sent; the limit is {MAX_CONFIG_BYTES}", "config")
    return {}
