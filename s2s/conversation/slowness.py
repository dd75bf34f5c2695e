"""The user's voice is too old to be sent: told at once, with why, and once it is over."""

from __future__ import annotations

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.phases import Timer

OVER_MS = 5_000.0  # without more of it


class Slowness:
    """Adds up what was left out."""

    def __init__(self) -> None:
        self._ms = 0

    def dropped(self, event: on.AudioDropped) -> list[do.Command]:
        """Some of the user's voice was not sent."""
        first = not self._ms
        self._ms += event.ms
        told = "The network is slower than you speak: some of your voice is left out."
        if event.late:
            told = "Sound came late from the microphone: what is too old is left out."
        return [*([do.Warn(told)] if first else []), do.StartTimer(Timer.SLOW, OVER_MS)]

    @staticmethod
    def stood_still(event: on.StoodStill) -> list[do.Command]:
        """Nobody took what the microphone gave: it is not sent as if it were said now."""
        told = f"The program stood still for {event.ms / 1000:.1f} s"
        return [do.Warn(f"{told}: what was said meanwhile was not heard.")]

    def over(self) -> list[do.Command]:
        """No more was left out for a while."""
        ms, self._ms = self._ms, 0
        return [do.Warn(f"{ms / 1000:.1f} s of your voice were left out.")] if ms else []
