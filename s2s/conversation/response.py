"""One response, from the moment it is asked for, or expected, until it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.calls import answer, told
from s2s.conversation.causes import Cause
from s2s.conversation.checks import Brought

INTERRUPTED = "the end of what was interrupted"  # nobody misses it


@dataclass(slots=True, eq=False)
class Response:
    """Asked for by us, or begun by the endpoint."""

    asked: bool = False
    known: bool = False  # it was asked for or expected, or something of it came before its end
    id: str = ""  # it was announced with
    ids: set[str] = field(default_factory=set)  # that one, and those that its content comes with
    interrupted: bool = False  # what still comes of it is not heard
    given: set[str] = field(default_factory=set)  # items that came to the user
    forget: list[do.Command] = field(default_factory=list)  # once it is over
    brought: Brought = field(default_factory=Brought)

    def answer_calls(self, ended: on.ResponseEnded) -> list[do.Command]:
        """Answer what the model has called; not every call was told before the end."""
        news = [told(call) for call in ended.calls if self.brought.call(call)]
        return news + [answer(call) for call in self.brought.calls.values()]


def is_ours(ended: on.ResponseEnded, speech: bool) -> bool:
    """Whether a response was cancelled because of the user, who then needs not be told."""
    return ended.status == "cancelled" and (speech or ended.cause is Cause.INTERRUPTED)
