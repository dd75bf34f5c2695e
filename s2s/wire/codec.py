"""The protocol that both sides of the wire keep: messages become facts, orders become messages.

A codec holds what one connection needs to read and write, and nothing else: it neither waits nor
knows the time. Whoever composes a conversation makes one for each connection.
"""

from __future__ import annotations

from typing import Protocol

from s2s.conversation import commands as do
from s2s.conversation import events as on


class Codec(Protocol):
    """Speaks one endpoint's language."""

    def decode(self, message: str | bytes) -> list[on.Event]:
        """Return the facts a message tells, in order; never raises, whatever it holds."""
        ...

    def finish(self) -> list[on.Event]:
        """Return the facts that are left over when no more messages come."""
        ...

    def another(self) -> Codec:
        """Return one for the next connection of the same conversation."""
        ...

    def encode(self, command: do.Command) -> str | None:
        """Return the message for an order; None: it is not for the endpoint."""
        ...
