"""One response, from the moment it is asked for, or expected, until it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.calls import answer, told
from s2s.conversation.causes import Cause
from s2s.conversation.checks import Brought

INTERRUPTED = "the end of what was interrupted"  # nobody misses it


class Cut(NamedTuple):
    """An item that was not heard to its end: of one part so many ms, or nothing of any (None)."""

    item_id: str
    content_index: int = 0
    heard_ms: int | None = None

    def forget(self) -> do.Command:
        """Return what lets the endpoint forget what was not heard."""
        if self.heard_ms is None:
            return do.DeleteItem(self.item_id)
        return do.TruncateItem(self.item_id, self.content_index, self.heard_ms)


@dataclass(slots=True, eq=False)
class Response:
    """Asked for by us, or begun by the endpoint."""

    asked: bool = False
    instead: bool = False  # of one of the endpoint's own, to a turn that was spoken
    unsure: bool = False  # the endpoint may have been told in time not to begin it
    known: bool = False  # it was asked for or expected, or something of it came before its end
    id: str = ""  # it was announced with
    ids: set[str] = field(default_factory=set)  # that one, and those that its content comes with
    interrupted: bool = False  # what still comes of it is not heard
    given: set[str] = field(default_factory=set)  # items that came to the user
    forget: list[do.Command] = field(default_factory=list)  # once it is over
    brought: Brought = field(default_factory=Brought)

    def keeps(self, cut: Cut) -> bool:
        """Keep the deletion of an item of its own until it is over; return whether it is one."""
        kept = cut.heard_ms is None and cut.item_id in self.given
        if kept:
            self.forget.append(cut.forget())
        return kept

    def forgotten(self) -> list[do.Command]:
        """Return what may be forgotten of it now that it is over."""
        forget, self.forget = self.forget, []
        return forget

    def close(self, ended: on.ResponseEnded) -> list[do.Command]:
        """Delete what came of it after an interruption, and answer its calls."""
        unheard = [item_id for item_id in ended.item_ids if item_id not in self.given]
        delete = [do.DeleteItem(item_id) for item_id in unheard] if self.interrupted else []
        return [*delete, *self.answer_calls(ended)]

    def answer_calls(self, ended: on.ResponseEnded) -> list[do.Command]:
        """Answer what the model has called; not every call was told before the end."""
        news = [told(call) for call in ended.calls if self.brought.call(call)]
        return news + [answer(call) for call in self.brought.calls.values()]


def is_ours(event: on.ResponseEnded, speech: bool) -> bool:
    """Whether a response was cancelled because of the user, who then needs not be told."""
    return event.status == "cancelled" and (speech or event.cause is Cause.INTERRUPTED)
