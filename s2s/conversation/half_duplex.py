"""Half duplex: nothing is sent while a reply sounds, and for as long as the room still rings."""

from __future__ import annotations

from s2s.conversation import commands as do

ECHO = "echo"  # timer
ECHO_MS = 250.0  # the room goes on sounding for so long


class HalfDuplex:
    """Closes the microphone, if the user wants that."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._ringing = False

    def closed(self, *, playing: bool) -> bool:
        """Whether what is captured is not to be sent."""
        return self._wanted and (playing or self._ringing)

    def played(self, *, playing: bool) -> list[do.Command]:
        """A part was played to its end, or cut off."""
        if not self._wanted or playing:
            return []
        self._ringing = True
        return [do.StartTimer(ECHO, ECHO_MS)]

    def quiet(self) -> None:
        """The room has become quiet."""
        self._ringing = False
