"""The embedded channel layer: puts the same message object into the mailbox of every group member in this process.

Unlike Channels' in-memory layer, it does not copy messages, finds a mailbox without a search, and never expires
members. A full mailbox drops its oldest message, so that the newest always arrives and the cursors reveal the gap.
"""

import asyncio
import math
import secrets
from collections import deque
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer

from broadcast.delivery.concurrency import running_loop

Message = dict[str, Any]


class Mailbox:
    """The messages of one channel, and the reader that waits for them, if any."""

    __slots__ = ("groups", "messages", "reader")

    def __init__(self, capacity: int) -> None:
        self.messages: deque[Message] = deque(maxlen=capacity)
        self.reader: asyncio.Future[None] | None = None
        self.groups: set[str] = set()

    def put(self, message: Message) -> None:
        """Add a message and wake the reader; a full mailbox drops its oldest message."""
        self.messages.append(message)
        if self.reader is not None:
            loop = self.reader.get_loop()
            if loop is running_loop():
                self.wake()
            else:
                loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        if self.reader is not None and not self.reader.done():
            self.reader.set_result(None)


class LocalChannelLayer(BaseChannelLayer):
    """A channel layer for one process. Messages are shared: receivers must not change them."""

    extensions = ["groups", "flush"]
    max_update_bytes = math.inf  # updates are neither copied nor sent over a network

    def __init__(self, expiry: int = 60, capacity: int = 100, channel_capacity: dict[str, int] | None = None) -> None:
        super().__init__(expiry=expiry, capacity=capacity)
        self.channel_capacity = self.compile_capacities(channel_capacity or {})
        self._mailboxes: dict[str, Mailbox] = {}
        self._groups: dict[str, dict[str, Mailbox]] = {}

    async def new_channel(self, prefix: str = "specific.") -> str:
        name = f"{prefix}{secrets.token_hex(12)}"
        self._mailbox(name)
        return name

    async def send(self, channel: str, message: Message) -> None:
        """Put a message into one channel.

        Raises:
            ChannelFull: the mailbox is full; the channel layer specification requires this of `send`.
        """
        self.require_valid_channel_name(channel)
        mailbox = self._mailbox(channel)
        if len(mailbox.messages) == mailbox.messages.maxlen:
            raise ChannelFull
        mailbox.put(message)

    async def receive(self, channel: str) -> Message:
        self.require_valid_channel_name(channel)
        mailbox = self._mailbox(channel)
        while not mailbox.messages:
            mailbox.reader = asyncio.get_running_loop().create_future()
            try:
                await mailbox.reader
            finally:
                mailbox.reader = None
                self._drop_if_unused(channel)
        message = mailbox.messages.popleft()
        self._drop_if_unused(channel)
        return message

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group until it is discarded."""
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        mailbox = self._mailbox(channel)
        mailbox.groups.add(group)
        self._groups.setdefault(group, {})[channel] = mailbox

    async def group_discard(self, group: str, channel: str) -> None:
        """End a channel's membership, and remove the channel if it is in no other group."""
        self.require_valid_group_name(group)
        members = self._groups.get(group, {})
        mailbox = members.pop(channel, None)
        if not members:
            self._groups.pop(group, None)
        if mailbox is not None:
            mailbox.groups.discard(group)
            if not mailbox.groups:
                mailbox.messages.clear()
                self._drop_if_unused(channel)

    async def group_send(self, group: str, message: Message) -> None:
        """Put one message, without copying it, into every member's mailbox; full mailboxes drop their oldest."""
        self.require_valid_group_name(group)
        for mailbox in list(self._groups.get(group, {}).values()):
            mailbox.put(message)

    async def flush(self) -> None:
        self._mailboxes.clear()
        self._groups.clear()

    async def close(self) -> None:
        """Do nothing: the layer has no connection."""

    def _mailbox(self, channel: str) -> Mailbox:
        mailbox = self._mailboxes.get(channel)
        if mailbox is None:
            mailbox = self._mailboxes[channel] = Mailbox(self.get_capacity(channel))
        return mailbox

    def _drop_if_unused(self, channel: str) -> None:
        mailbox = self._mailboxes.get(channel)
        if mailbox and not (mailbox.messages or mailbox.groups or mailbox.reader):
            del self._mailboxes[channel]
