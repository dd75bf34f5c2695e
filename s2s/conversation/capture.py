"""What of the captured sound is sent: all of it, or the turns of a key, and nothing while muted.

Half duplex: nothing is sent while a reply sounds, and for as long as the room still rings.
"""

from __future__ import annotations

from collections import deque

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.phases import Timer

BEFORE_MS = 300  # of sound from before the key was pressed: the first syllable comes early
ECHO_MS = 250.0  # the room goes on sounding for so long after a reply
DEAD_MS = 2_000  # of nothing but zeros from the start: no microphone is so quiet
TAIL_MS = 200  # of sound after it was pressed again: the last one comes late


class Capture:
    """Decides about each chunk."""

    def __init__(self, *, by_key: bool) -> None:
        self.muted = False
        self.gone = False  # there is no microphone
        self.in_turn = False  # of the key
        self._by_key = by_key
        self._before: deque[do.SendAudio] = deque()
        self._captured = 0  # bytes so far
        self._tail: int | None = None  # bytes to come before the turn is over
        self._zeros: int | None = 0  # bytes of zeros so far; None: there was sound
        self._examined = False
        self._told = False  # the user, that there are only zeros

    @property
    def silent(self) -> bool:
        """Whether nothing of the user is sent for now."""
        return self.muted or self.gone

    def take(self, chunk: bytes) -> tuple[list[do.Command], bool]:
        """Return what to do with a chunk, and whether a turn of the key is over with it."""
        commands = self._examine(chunk)
        send = do.SendAudio(chunk, self._captured)
        self.skip(chunk)
        if self.muted:
            return commands, False
        if self._by_key and not self.in_turn:
            self._keep(send)
            return commands, False
        commands.append(send)
        if self._tail is None:
            return commands, False
        self._tail -= len(chunk)
        return commands, self._tail <= 0 and self.cut_off()

    def skip(self, chunk: bytes) -> None:
        """Count a chunk that is not for sending."""
        self._captured += len(chunk)

    def _examine(self, chunk: bytes) -> list[do.Command]:
        if self._zeros is None:
            return []
        if chunk.count(0) < len(chunk):
            self._zeros = None
            return [do.Warn("Now the microphone gives sound.")] if self._told else []
        self._zeros += len(chunk)
        if self._examined or self._zeros < pcm.size_of(DEAD_MS):
            return []
        self._examined = True
        return [do.ExamineMicrophone()]

    def begin_anew(self) -> None:
        """There is a microphone again, or another one: nothing is known of its sound."""
        self.gone, self._examined, self._told, self._zeros = False, False, False, 0

    def explain(self, why: str) -> list[do.Command]:
        """Tell why there are only zeros, unless there was sound meanwhile."""
        if self._zeros is None:
            return []
        self._told = True
        return [do.Warn(why)]

    def begin_turn(self) -> list[do.Command]:
        """Send what was captured just before; the turn goes on until `end_turn`."""
        self.in_turn, self._tail = True, None
        before = list(self._before)
        self._before.clear()
        return [do.ClearInput(), *before]

    def end_turn(self) -> None:
        """Let the turn end when its tail has been captured."""
        self._tail = pcm.size_of(TAIL_MS)

    def end_or_resume_turn(self) -> None:
        """The key again: let the turn end, or go on if its tail is not over yet."""
        self._tail = pcm.size_of(TAIL_MS) if self._tail is None else None

    def cut_off(self) -> bool:
        """End a turn of the key at once; return whether there was one."""
        was_in_turn = self.in_turn
        self.in_turn, self._tail = False, None
        return was_in_turn

    def mute(self) -> list[do.Command]:
        """Stop sending, or go on; a turn of the key under way is forgotten."""
        self.muted = not self.muted
        self._before.clear()
        if not (self.muted and self.in_turn):
            return []
        self.in_turn, self._tail = False, None
        return [do.ClearInput()]

    def _keep(self, send: do.SendAudio) -> None:
        self._before.append(send)
        sizes = [len(each.pcm) for each in self._before]
        while sum(sizes) - sizes.pop(0) >= pcm.size_of(BEFORE_MS):
            self._before.popleft()


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
        return [do.StartTimer(Timer.ECHO, ECHO_MS)]

    def quiet(self) -> None:
        """The room has become quiet."""
        self._ringing = False
