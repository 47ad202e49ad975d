"""What the server tells the messages of one session apart by: a name, and a random part.

The server takes a number that it knows for a repeat. A session counts from 1 under an identity that nobody had
before, so no clock and no second process can make its numbers look like repeats. A spool keeps its
identity, and so goes on with its session in the next process.
"""

import re
import secrets

_RANDOM_PART = re.compile(r"-[0-9a-f]{16}$")


def new_identity(name: str) -> str:
    """Return the name with 64 random bits behind it.

    >>> name_of(new_identity("gpu-2"))
    'gpu-2'
    """
    return f"{name}-{secrets.token_hex(8)}"


def name_of(identity: str) -> str:
    """Return an identity without its random part."""
    return _RANDOM_PART.sub("", identity)
