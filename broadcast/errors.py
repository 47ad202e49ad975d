# Over 300 lines: one tree of errors, whose codes and messages are read together.
"""The tree of errors.

An `EventRefused` is about one event; others in the same message are applied. A `MessageRefused` is about a whole
message, which is invalid or arrives at the wrong time. An operator can repair what a `StoreError` reports.

`code` is the name of the class in snake case. It is sent on the wire, so no class is renamed. `retry` states whether
sending the same event again can succeed.
Constructors take facts and build the message: what happened, where, and what would be correct.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final

MAX_NAMED: Final = 30  # event types in one message


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def did_you_mean(name: str, known: Iterable[str], form: Callable[[str], str] = '"{}"'.format) -> str:
    """Return the end of a message that suggests the known name most like `name`; "" if none is similar.

    Args:
        form: how the suggested name is written.
    """
    near = _most_similar(name[:80], tuple(known))
    return f"; did you mean {form(near[0])}?" if near else ""


# A producer that misspells a type repeats it in thousands of events, and a comparison takes 0.1 ms.
@lru_cache(maxsize=256)
def _most_similar(name: str, known: tuple[str, ...]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1)


class StickyboardError(Exception):
    """Base class of all errors that Stickyboard raises."""

    code: ClassVar[str] = "error"
    retry: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        cls.code = snake_case(cls.__name__)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let process pools and task queues copy the message, because a constructor takes other arguments."""
        return self.__class__.__new__, (self.__class__, *self.args), self.__dict__

    @property
    def public(self) -> str:
        """The message for clients, without paths and addresses of the server."""
        return str(self)


class EventRefused(StickyboardError):
    """Base class of errors of one event."""


class InvalidJSON(EventRefused):
    """Raised when text is not JSON as RFC 8259 defines it (NaN, lone surrogates), or is nested too deeply."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not valid JSON: {reason}")


class InvalidEvent(EventRefused):
    """Raised when a required field is missing or has the wrong type."""


class RepeatedKey(EventRefused):
    """Raised when an object has a key twice, because parsers disagree on its value."""

    def __init__(self, key: str) -> None:
        super().__init__(f'an object has the key "{key[:80]}" twice; send it once')


class UnknownEventType(EventRefused):
    """Raised when no event type has that name."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        names = list(known)
        super().__init__(f'no event type "{name[:80]}"{did_you_mean(name, names) or _list_of(names)}')


def _list_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"; there are {', '.join(names[:MAX_NAMED])}{more}" if names else ""


class NotAllowed(EventRefused):
    """Raised when the producer's token does not permit the event type, or no token can (`token` is "")."""

    def __init__(self, event_type: str, token: str) -> None:
        super().__init__(
            f'token "{token}" may not send "{event_type}"; add this event type to it in the admin'
            if token
            else f'no token may send "{event_type}"; only code of the project publishes it'
        )


class EventTooLarge(EventRefused):
    """Raised when an event, or the value that a policy computed, is larger than its event type allows."""

    def __init__(self, size: int, limit: int, setting: str) -> None:
        super().__init__(f"event is {size} bytes; the limit is {limit} ({setting})")


class KeyTooLong(EventRefused):
    """Raised when an entry's key or lane is too long."""

    def __init__(self, size: int, limit: int, fields: str) -> None:
        super().__init__(f'key of {fields} is {size} bytes; the limit is {limit} (BROADCAST["MAX_KEY_BYTES"])')


class PolicyFailed(EventRefused):
    """Raised when a policy raised, or returned an invalid value."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"policy failed: {reason}")


class MessageRefused(StickyboardError):
    """Base class of errors of a whole message, of which nothing was applied."""


class InvalidMessage(MessageRefused):
    """Raised when a message is neither an event, nor an array of events, nor a numbered batch."""


class MessageTooLarge(MessageRefused):
    """Raised when a message is larger than the server reads."""

    def __init__(self, size: int, limit: int, setting: str = "MAX_MESSAGE_BYTES") -> None:
        super().__init__(f'message is {size} bytes; the limit is {limit} (BROADCAST["{setting}"])')


class BatchTooLarge(MessageRefused):
    """Raised when a message has too many events."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(f'message has {count} events; the limit is {limit} (BROADCAST["MAX_BATCH_EVENTS"])')


class UnsupportedEncoding(MessageRefused):
    """Raised when a request body has an unsupported Content-Encoding, or a browser requests an unsupported one.

    Args:
        expected: what is supported, and where it is stated.
    """

    def __init__(self, encoding: str, expected: str = "a Content-Encoding of gzip or none") -> None:
        super().__init__(f'expected {expected}, got "{encoding[:80]}"')


class PostRequired(MessageRefused):
    """Raised when a request to the address for events is not a POST."""

    def __init__(self, method: str) -> None:
        super().__init__(f"send events with POST, not {method[:20]}")


class TooFast(MessageRefused):
    """Raised when a producer exceeds its rate limit."""

    retry = True

    def __init__(self, limit_per_s: int) -> None:
        limit = f'{limit_per_s} events per second (BROADCAST["MAX_EVENTS_PER_S"])'
        super().__init__(f"more than {limit}; send it again later")


class OutOfOrder(MessageRefused):
    """Raised when a message follows a refused one that has not been sent again."""

    retry = True

    def __init__(self, awaited_seq: int) -> None:
        super().__init__(f"message {awaited_seq} was refused; send it and all later messages again, in order")


class NotAuthorised(StickyboardError):
    """Raised when a producer has no token, or one that is unknown, revoked or expired.

    Args:
        has_token: whether it sent one. The message does not reveal which of the three applies.
    """

    def __init__(self, *, has_token: bool = False) -> None:
        new = "manage.py create_producer_token NAME"
        super().__init__(
            f"the token is unknown, expired or revoked; create a new one with: {new}"
            if has_token
            else f'send "Authorization: Bearer <token>"; create a token with: {new}'
        )


class AccountsUnavailable(StickyboardError):
    """Raised when the database of users and tokens is unavailable."""

    retry = True

    def __init__(self) -> None:
        super().__init__("tokens cannot be checked now; see the server's log; send it again later")


class LoginRequired(StickyboardError):
    """Raised when a user who is not logged in requests a board that is not public."""

    def __init__(self) -> None:
        super().__init__('log in to view this board; to make boards public, set BROADCAST["REQUIRE_LOGIN"] to False')


class PermissionRequired(StickyboardError):
    """Raised when a user requests a board that this user may not view."""

    def __init__(self) -> None:
        super().__init__("this account may not view this board; an administrator can grant its permission")


class LinkRefused(StickyboardError):
    """Raised when a share link opens nothing; the message is the same for every reason."""

    def __init__(self) -> None:
        super().__init__("this link is incomplete, has expired, or was revoked; ask its sender for a new one")


class OriginRefused(StickyboardError):
    """Raised when a page of another origin opens a board's socket.

    Args:
        origin: as the browser sent it; "" for none.
        found: a clause that states what it was compared with.
        settings: Django's settings, one of which may have to be changed, each with the deployment's name for it.

    Attributes:
        short: the reason for the page, without facts about the server.
    """

    PROXY: Final = {
        "ALLOWED_HOSTS": "",
        "CSRF_TRUSTED_ORIGINS": "let the proxy forward Host, or ",
        "SECURE_PROXY_SSL_HEADER": "let the proxy send X-Forwarded-Proto, and ",
    }

    def __init__(self, origin: str, found: str, settings: Mapping[str, str]) -> None:
        page = f"of the page {origin[:100]!a}" if origin else "without an Origin header"
        named = " or ".join(name if own == name else f"{name} ({own})" for name, own in settings.items())
        proxy = self.PROXY[next(iter(settings))]
        super().__init__(f"refused a socket {page}, because {found}; {proxy}set {named} if the page is yours")
        fix = f"this address is not allowed; {proxy}set {' or '.join(settings)}"
        self.short = fix if origin else "expected an Origin header"


class UnsupportedProtocol(StickyboardError):
    """Raised when a client uses another protocol number than this server.

    Args:
        stated: the number in the client's query string; None if there is none.
        supported: this server's number.
    """

    def __init__(self, stated: str | None, supported: int) -> None:
        client = "the client states none" if stated is None else f"the client uses {stated[:10]!a}"
        super().__init__(f"this server uses protocol {supported}, {client}; update the client, or reload the page")


class InvalidCursor(StickyboardError):
    """Raised when a browser's cursor, in the URL or in a `resume` message, is malformed."""

    IN_URL: Final = '"model_metric:k3fw9x2a:17"'
    IN_MESSAGE: Final = '{"op":"resume","cursor":{"t":["k3fw9x2a",17]}}'

    def __init__(self, sent: str, form: str = IN_URL) -> None:
        super().__init__(f'expected a cursor like {form}, got "{sent[:80]}"')


class UnknownBoard(StickyboardError):
    """Raised when no board has that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known))
        super().__init__(f'no board "{name[:80]}"' + (f"; the boards are: {names}" if names else ""))


class UnknownPath(StickyboardError):
    """Raised when nothing has that path below `/api/`."""

    def __init__(self, path: str, known: Sequence[str]) -> None:
        super().__init__(f'no path "{path[:80]}"{did_you_mean(path, known) or _list_of(known)}')


class GetRequired(StickyboardError):
    """Raised when a request to the address of a state is neither a GET nor a HEAD."""

    def __init__(self, method: str) -> None:
        super().__init__(f"read the state with GET, not {method[:20]}")


class HeadMoved(StickyboardError):
    """Raised when a keyspace changed after its head was read, so that writes which depend on it were not applied."""

    retry = True

    def __init__(self, keyspace: str) -> None:
        super().__init__(f"{keyspace} has changed since its head was read; read it again")


class StoreError(StickyboardError):
    """Base class of errors of a store.

    Args:
        reason: what happened; clients may read it.
        hint: what to do. It may name files of the server, so it is for logs and operators only.
        detail: what the database or the operating system reported, for logs and operators only.
    """

    retry = True

    def __init__(self, reason: str, hint: str = "", detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint, self.detail = reason, hint, detail
        self.is_logged = False

    def __str__(self) -> str:
        reported = f" ({self.detail})" if self.detail else ""
        return f"{self.public}{reported}" + (f"; {self.hint}" if self.hint else "")

    @property
    def public(self) -> str:
        return self.reason


class StoreUnavailable(StoreError):
    """Raised when the store cannot be written or read for now (full disk, locked, unreachable)."""

    @property
    def public(self) -> str:
        return f"the store is unavailable: {self.reason}"


class StoreUnusable(StoreError):
    """Raised when the store belongs to another program or another version, or is damaged."""
