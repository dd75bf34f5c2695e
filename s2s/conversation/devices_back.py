"""A microphone or a speaker that is lost, and comes back; and another one that the user chooses.

The conversation stays. Without a microphone the user's turn is over; without a speaker what is
said waits, and nothing of it counts as heard. What was lost is looked for as long as somebody is
there to wait for it; only who leaves without it is told that it has not come back.
"""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.capture import Capture
from s2s.conversation.dispatch import Handlers
from s2s.conversation.phases import Timer
from s2s.conversation.playing import Playing
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.shutdown import Departure, Stage
from s2s.conversation.turn_taking import TurnTaking
from s2s.errors import S2SError, SoundError

REOPEN_MS = 1_000.0  # from one look for it to the next

_MEANWHILE: dict[on.Side, str] = {
    "microphone": "Nothing that you say is heard until it is back.",
    "speaker": "What is said waits until it is back.",
}


class DevicesBack:
    """Knows which side has no device; `handlers` are its place in the conversation's table."""

    def __init__(
        self,
        wishes: TalkWishes,
        turns: TurnTaking,
        capture: Capture,
        playing: Playing,
        departure: Departure,
    ) -> None:
        self._returns = wishes.returns
        self._turns, self._capture = turns, capture
        self._playing, self._departure = playing, departure
        self._gone: dict[on.Side, S2SError] = {}
        self._chosen: set[on.Side] = set()  # another one is being opened
        self.handlers: Handlers = {
            on.DeviceLost: self._lost,
            on.DeviceBack: self._back,
            on.DeviceStillGone: self._still_gone,
            on.DevicesAsked: self._asked,
            on.DevicesListed: self._listed,
            on.DeviceChosen: self._choose,
        }

    @property
    def gone(self) -> tuple[str, ...]:
        """The sides that have no device."""
        return tuple(self._gone)

    @property
    def error(self) -> S2SError | None:
        """What to tell somebody who leaves before all is back."""
        for side, error in self._gone.items():
            return SoundError(f"The {side} has not come back. {error.message}", error.hint)
        return None

    def look(self) -> list[do.Command]:
        """It is time to look again for what is gone."""
        deaf = self._departure.deaf
        sides = [side for side in self._gone if not (deaf and side == "microphone")]
        return [do.ReopenDevice(side) for side in sides]

    def _lost(self, event: on.DeviceLost) -> list[do.Command]:
        side, error = event.side, event.error
        if side not in self._returns or not isinstance(error, SoundError):
            self._departure.now(error)
            return []
        if side in self._gone:  # it was opened again, and has given nothing
            return [do.StartTimer(Timer.REOPEN, REOPEN_MS)]
        return [do.Warn(f"{error.message} {_MEANWHILE[side]}"), *self._without(side, error)]

    def _without(self, side: on.Side, error: S2SError) -> list[do.Command]:
        """A side has no device from now on."""
        self._gone[side] = error
        again: list[do.Command] = [do.ReopenDevice(side)]
        if side == "microphone":
            self._capture.gone = True
            return self._turns.cut_short() + again
        self._playing.halted = True
        if self._departure.stage == Stage.LOST:  # what would still be heard has nowhere to sound
            self._departure.now(self._departure.error)
        return again

    def _back(self, event: on.DeviceBack) -> list[do.Command]:
        side = event.side
        chosen, was_gone = side in self._chosen, self._gone.pop(side, None)
        self._chosen.discard(side)
        if side == "speaker":
            self._playing.halted = False
        else:
            self._capture.begin_anew()
            if self._departure.deaf:
                return [do.CloseMicrophone()]
        if was_gone is None and chosen:
            return [do.Warn(f"The {side} is now {event.name}.")]
        return [
            do.Warn(f"There is a {side} again after {event.gap_ms / 1000:.1f} s: {event.name}.")
        ]

    def _still_gone(self, event: on.DeviceStillGone) -> list[do.Command]:
        side = event.side
        if side in self._chosen:  # the one before it is not open any more
            self._chosen.discard(side)
            told = do.Warn(f"{event.error.message} The {side} from before is used again.")
            if side not in self._gone:
                return [told, *self._without(side, event.error)]
            return [told, do.StartTimer(Timer.REOPEN, REOPEN_MS)]
        return [do.StartTimer(Timer.REOPEN, REOPEN_MS)] if side in self._gone else []

    # --- another one

    def _asked(self, event: on.DevicesAsked) -> list[do.Command]:
        if not self._returns:
            return [do.Warn("There are no devices to choose: others stand in for both.")]
        return [do.ListDevices(self._returns)]

    def _listed(self, event: on.DevicesListed) -> list[do.Command]:
        return [] if event.devices else [do.Warn("There are no devices to choose from.")]

    def _choose(self, event: on.DeviceChosen) -> list[do.Command]:
        if event.side not in self._returns or (event.side == "microphone" and self._departure.deaf):
            return []
        self._chosen.add(event.side)
        return [do.ReopenDevice(event.side, event.name)]
