"""What the model wants others to do: nobody here can, and it is told so, three times in a turn."""

from __future__ import annotations

from collections.abc import Iterable

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.printable import printable

MAX_ROUNDS = 3  # answers to calls for which a response is asked for, in one turn of the user

_UNAVAILABLE = {"error": "This function is not available here."}

Call = on.FunctionCalled | on.ApprovalRequested


class Rounds:
    """How often a turn of the user has been taken further by answers to calls."""

    def __init__(self) -> None:
        self._made = 0

    def new_turn(self) -> None:
        """The user has said something."""
        self._made = 0

    def another(self) -> bool:
        """Whether a response may be asked for after calls were answered."""
        self._made += 1
        return self._made <= MAX_ROUNDS


TOO_MANY = do.Warn(
    "The model goes on calling what nobody here can run; it is asked for nothing more "
    "until you say something."
)


def told(call: Call) -> do.Command:
    """Return what to tell the user of a call."""
    if isinstance(call, on.FunctionCalled):
        return do.Warn(f"The model called {printable(call.name)}, which nobody here can run.")
    asked = f"{printable(call.name)} of {printable(call.server)}"
    return do.Warn(f"The model wants {asked} approved, which nobody here can; it is declined.")


def answer(call: Call) -> do.Command:
    """Return what to tell the model."""
    if isinstance(call, on.FunctionCalled):
        return do.CreateFunctionOutput(call.call_id, _UNAVAILABLE)
    return do.DeclineApproval(call.item_id)


def key(call: Call) -> str:
    """Return what tells a call from others of its response: it may be told more than once."""
    return (call.call_id if isinstance(call, on.FunctionCalled) else "") or call.item_id


def wants(calls: Iterable[Call]) -> str:
    """Return what a reply asks for that consists of calls."""
    calls = list(calls)
    names = ", ".join(dict.fromkeys(printable(call.name) or "without a name" for call in calls))
    if all(isinstance(call, on.ApprovalRequested) for call in calls):
        return f"an approval ({names}), which nobody here can give"
    return f"a function ({names}), which nobody here can run"
