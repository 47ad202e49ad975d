# Over 300 lines: one tree of errors, whose codes and messages are read together.
"""The tree of errors.

    StickyboardError
    ├── EventRefused             one event is invalid; others in the same message are applied
    │   ├── InvalidJSON          invalid_json
    │   ├── InvalidEvent         invalid_event
    │   ├── RepeatedKey          repeated_key
    │   ├── UnknownEventType     unknown_event_type
    │   ├── NotAllowed           not_allowed
    │   ├── EventTooLarge        event_too_large
    │   ├── KeyTooLong           key_too_long
    │   └── PolicyFailed         policy_failed
    ├── MessageRefused           a whole message is invalid, or arrives at the wrong time
    │   ├── InvalidMessage       invalid_message
    │   ├── MessageTooLarge      message_too_large
    │   ├── BatchTooLarge        batch_too_large
    │   ├── UnsupportedEncoding  unsupported_encoding
    │   ├── TooFast              too_fast, retry
    │   └── OutOfOrder           out_of_order, retry
    ├── NotAuthorised            not_authorised
    ├── AccountsUnavailable      accounts_unavailable, retry
    ├── LoginRequired            login_required
    ├── PermissionRequired       permission_required
    ├── LinkRefused              link_refused
    ├── OriginRefused            origin_refused
    ├── UnsupportedProtocol      unsupported_protocol
    ├── InvalidCursor            invalid_cursor
    ├── UnknownBoard             unknown_board
    ├── HeadMoved                head_moved, retry
    └── StoreError               retry: an operator can repair a store
        ├── StoreUnavailable     store_unavailable, retry
        └── StoreUnusable        store_unusable, retry

`code` is stable and is sent on the wire. `retry` states whether sending the same event again can succeed.
Constructors take facts; `str()` builds the message: what happened, where, and what would be correct.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

MAX_NAMED: Final = 30  # event types in one message


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

    code = "error"
    retry = False

    @property
    def public(self) -> str:
        """The message for clients, without paths and addresses of the server."""
        return str(self)


class EventRefused(StickyboardError):
    """Base class of errors of one event."""

    code = "event_refused"


class _WithReason(StickyboardError):
    """An error whose only fact is a message from elsewhere (a decoder or a database)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidJSON(_WithReason, EventRefused):
    """Raised when text is not JSON as RFC 8259 defines it (NaN, lone surrogates), or is nested too deeply."""

    code = "invalid_json"

    def __str__(self) -> str:
        return f"not valid JSON: {self.reason}"


class InvalidEvent(_WithReason, EventRefused):
    """Raised when a required field is missing or has the wrong type."""

    code = "invalid_event"

    def __str__(self) -> str:
        return self.reason


class RepeatedKey(EventRefused):
    """Raised when an object has a key twice, because parsers disagree on its value."""

    code = "repeated_key"

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f'an object has the key "{self.key[:80]}" twice; send it once'


class UnknownEventType(EventRefused):
    """Raised when no event type has that name."""

    code = "unknown_event_type"

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        super().__init__(name)
        self.name, self.known = name, list(known)

    def __str__(self) -> str:
        return f'no event type "{self.name[:80]}"{did_you_mean(self.name, self.known) or self._known_names()}'

    def _known_names(self) -> str:
        if not self.known:
            return ""
        more = len(self.known) - MAX_NAMED
        return f"; there are {', '.join(self.known[:MAX_NAMED])}{f' and {more} more' if more > 0 else ''}"


class NotAllowed(EventRefused):
    """Raised when the producer's token does not permit the event type, or no token can (`token` is "")."""

    code = "not_allowed"

    def __init__(self, event_type: str, token: str) -> None:
        super().__init__(event_type, token)
        self.event_type, self.token = event_type, token

    def __str__(self) -> str:
        if not self.token:
            return f'no token may send "{self.event_type}"; only code of the project publishes it'
        return f'token "{self.token}" may not send "{self.event_type}"; add this event type to it in the admin'


class EventTooLarge(EventRefused):
    """Raised when an event, or the value that a policy computed, is larger than its event type allows."""

    code = "event_too_large"

    def __init__(self, size: int, limit: int, setting: str) -> None:
        super().__init__(size, limit, setting)
        self.size, self.limit, self.setting = size, limit, setting

    def __str__(self) -> str:
        return f"event is {self.size} bytes; the limit is {self.limit} ({self.setting})"


class KeyTooLong(EventRefused):
    """Raised when an entry's key or lane is too long."""

    code = "key_too_long"

    def __init__(self, size: int, limit: int, fields: str) -> None:
        super().__init__(size, limit, fields)
        self.size, self.limit, self.fields = size, limit, fields

    def __str__(self) -> str:
        return f'key of {self.fields} is {self.size} bytes; the limit is {self.limit} (BROADCAST["MAX_KEY_BYTES"])'


class PolicyFailed(_WithReason, EventRefused):
    """Raised when a policy raised, or returned an invalid value."""

    code = "policy_failed"

    def __str__(self) -> str:
        return f"policy failed: {self.reason}"


class MessageRefused(StickyboardError):
    """Base class of errors of a whole message, of which nothing was applied."""

    code = "message_refused"


class InvalidMessage(_WithReason, MessageRefused):
    """Raised when a message is neither an event, nor an array of events, nor a numbered batch."""

    code = "invalid_message"

    def __str__(self) -> str:
        return self.reason


class MessageTooLarge(MessageRefused):
    """Raised when a message is larger than the server reads."""

    code = "message_too_large"

    def __init__(self, size: int, limit: int, setting: str = "MAX_MESSAGE_BYTES") -> None:
        super().__init__(size, limit, setting)
        self.size, self.limit, self.setting = size, limit, setting

    def __str__(self) -> str:
        return f'message is {self.size} bytes; the limit is {self.limit} (BROADCAST["{self.setting}"])'


class BatchTooLarge(MessageRefused):
    """Raised when a message has too many events."""

    code = "batch_too_large"

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(count, limit)
        self.count, self.limit = count, limit

    def __str__(self) -> str:
        return f'message has {self.count} events; the limit is {self.limit} (BROADCAST["MAX_BATCH_EVENTS"])'


class UnsupportedEncoding(MessageRefused):
    """Raised when a request body has an unsupported Content-Encoding, or a browser requests an unsupported one.

    Args:
        expected: what is supported, and where it is stated.
    """

    code = "unsupported_encoding"

    def __init__(self, encoding: str, expected: str = "a Content-Encoding of gzip or none") -> None:
        super().__init__(encoding, expected)
        self.encoding, self.expected = encoding, expected

    def __str__(self) -> str:
        return f'expected {self.expected}, got "{self.encoding[:80]}"'


class TooFast(MessageRefused):
    """Raised when a producer exceeds its rate limit."""

    code = "too_fast"
    retry = True

    def __init__(self, limit_per_s: int) -> None:
        super().__init__(limit_per_s)
        self.limit_per_s = limit_per_s

    def __str__(self) -> str:
        return f'more than {self.limit_per_s} events per second (BROADCAST["MAX_EVENTS_PER_S"]); send it again later'


class OutOfOrder(MessageRefused):
    """Raised when a message follows a refused one that has not been sent again."""

    code = "out_of_order"
    retry = True

    def __init__(self, awaited_seq: int) -> None:
        super().__init__(awaited_seq)
        self.awaited_seq = awaited_seq

    def __str__(self) -> str:
        return f"message {self.awaited_seq} was refused; send it and all later messages again, in order"


class NotAuthorised(StickyboardError):
    """Raised when a producer has no token, or one that is unknown, revoked or expired.

    Args:
        has_token: whether it sent one. The message does not reveal which of the three applies.
    """

    code = "not_authorised"

    def __init__(self, *, has_token: bool = False) -> None:
        super().__init__(has_token)
        self.has_token = has_token

    def __str__(self) -> str:
        new = "manage.py create_producer_token NAME"
        if self.has_token:
            return f"the token is unknown, expired or revoked; create a new one with: {new}"
        return f'send "Authorization: Bearer <token>"; create a token with: {new}'


class AccountsUnavailable(StickyboardError):
    """Raised when the database of users and tokens is unavailable."""

    code = "accounts_unavailable"
    retry = True

    def __str__(self) -> str:
        return "tokens cannot be checked now; see the server's log; send it again later"


class LoginRequired(StickyboardError):
    """Raised when a user who is not logged in requests a board that is not public."""

    code = "login_required"

    def __str__(self) -> str:
        return 'log in to view this board; to make boards public, set BROADCAST["REQUIRE_LOGIN"] to False'


class PermissionRequired(StickyboardError):
    """Raised when a user requests a board that this user may not view."""

    code = "permission_required"

    def __str__(self) -> str:
        return "this account may not view this board; an administrator can grant its permission"


class LinkRefused(StickyboardError):
    """Raised when a share link opens nothing; the message is the same for every reason."""

    code = "link_refused"

    def __str__(self) -> str:
        return "this link is incomplete, has expired, or was revoked; ask its sender for a new one"


class OriginRefused(StickyboardError):
    """Raised when a page of another origin opens a board's socket.

    Args:
        origin: as the browser sent it; "" for none.
        found: a clause that states what it was compared with.
        settings: Django's settings, one of which may have to be changed, each with the deployment's name for it.
    """

    code = "origin_refused"

    def __init__(self, origin: str, found: str, settings: Mapping[str, str]) -> None:
        super().__init__(origin, found, settings)
        self.origin, self.found, self.settings = origin, found, settings

    def __str__(self) -> str:
        page = f"of the page {self.origin[:100]!a}" if self.origin else "without an Origin header"
        named = " or ".join(name if own == name else f"{name} ({own})" for name, own in self.settings.items())
        return f"refused a socket {page}, because {self.found}; {self._proxy}set {named} if the page is yours"

    @property
    def short(self) -> str:
        """The reason for the page, without facts about the server."""
        if not self.origin:
            return "expected an Origin header"
        return f"this address is not allowed; {self._proxy}set {' or '.join(self.settings)}"

    @property
    def _proxy(self) -> str:
        return {
            "ALLOWED_HOSTS": "",
            "CSRF_TRUSTED_ORIGINS": "let the proxy forward Host, or ",
            "SECURE_PROXY_SSL_HEADER": "let the proxy send X-Forwarded-Proto, and ",
        }[next(iter(self.settings))]


class UnsupportedProtocol(StickyboardError):
    """Raised when a client uses another protocol number than this server.

    Args:
        stated: the number in the client's query string; None if there is none.
        supported: this server's number.
    """

    code = "unsupported_protocol"

    def __init__(self, stated: str | None, supported: int) -> None:
        super().__init__(stated, supported)
        self.stated, self.supported = stated, supported

    def __str__(self) -> str:
        client = "the client states none" if self.stated is None else f"the client uses {self.stated[:10]!a}"
        return f"this server uses protocol {self.supported}, {client}; update the client, or reload the page"


class InvalidCursor(_WithReason):
    """Raised when a browser's cursor, in the URL or in a `resume` message, is malformed."""

    code = "invalid_cursor"
    IN_URL: Final = '"model_metric:k3fw9x2a:17"'
    IN_MESSAGE: Final = '{"op":"resume","cursor":{"t":["k3fw9x2a",17]}}'

    def __init__(self, sent: str, form: str = IN_URL) -> None:
        super().__init__(sent)
        self.form = form

    def __str__(self) -> str:
        return f'expected a cursor like {self.form}, got "{self.reason[:80]}"'


class UnknownBoard(StickyboardError):
    """Raised when no board has that name."""

    code = "unknown_board"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(name)
        self.name, self.known = name, sorted(known)

    def __str__(self) -> str:
        named = f"; the boards are: {', '.join(self.known)}" if self.known else ""
        return f'no board "{self.name[:80]}"{named}'


class HeadMoved(StickyboardError):
    """Raised when a keyspace changed after its head was read, so that writes which depend on it were not applied."""

    code = "head_moved"
    retry = True

    def __init__(self, keyspace: str) -> None:
        super().__init__(keyspace)
        self.keyspace = keyspace

    def __str__(self) -> str:
        return f"{self.keyspace} has changed since its head was read; read it again"


class StoreError(_WithReason):
    """Base class of errors of a store.

    Args:
        reason: what happened; clients may read it.
        hint: what to do. It may name files of the server, so it is for logs and operators only.
        detail: what the database or the operating system reported, for logs and operators only.
    """

    code = "store_error"
    retry = True

    def __init__(self, reason: str, hint: str = "", detail: str = "") -> None:
        super().__init__(reason)
        self.hint, self.detail = hint, detail
        self.is_logged = False

    def __str__(self) -> str:
        reported = f" ({self.detail})" if self.detail else ""
        return f"{self.public}{reported}" + (f"; {self.hint}" if self.hint else "")

    @property
    def public(self) -> str:
        return self.reason


class StoreUnavailable(StoreError):
    """Raised when the store cannot be written or read for now (full disk, locked, unreachable)."""

    code = "store_unavailable"

    @property
    def public(self) -> str:
        return f"the store is unavailable: {self.reason}"


class StoreUnusable(StoreError):
    """Raised when the store belongs to another program or another version, or is damaged."""

    code = "store_unusable"
