"""Where in the sound everything lies: counted in what the devices gave and took.

The moment at which a fact arrives says little: a machine that is busy hears of the microphone's
first second when the third begins. The speaker counts what it takes, and that is the clock: of
the recording, and of the transcript, recorded or not. The endpoint counts what it was sent, and
each chunk of the user's sound knows where it lies beside what the speaker took.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.transcript.extent import Extent

PAUSE = pcm.size_of(500)  # between what was sent: what comes behind it begins anew

_Happening = on.Event | do.Command
_OF_THE_SPEAKER = (on.PartStarted, on.PartPlayed, on.PlayoutCleared)


def placed(
    observe: Callable[[float, _Happening], None],
) -> Callable[[float, _Happening], None]:
    """Return an observer that shows `observe` everything at its second in the sound."""
    timeline = Timeline()

    def place(_: float, happening: _Happening) -> None:
        for seconds, each in timeline.place(happening):
            observe(seconds, each)

    return place


class Timeline:
    """Counts the sound, and puts everything else beside it; sizes are bytes of PCM."""

    def __init__(self) -> None:
        self._extent = Extent()
        self._captured, self._sent = _Laid(), _Laid()
        self._dropped = 0  # of what was sent, and has not reached the endpoint
        self._turn = 0  # where in what was sent a turn of the key begins
        self._turns: deque[tuple[float, float]] = deque()  # whose items are still to be named

    @property
    def now(self) -> float:
        """Seconds of sound until now."""
        return pcm.seconds(self._extent.now)

    def place(self, happening: _Happening) -> list[tuple[float, _Happening]]:
        """Return what happens with its second in the sound.

        Of a turn of the key no endpoint says when it was spoken: that is told before its item.
        """
        if isinstance(happening, on.AudioCaptured):
            lies = self._extent.capture(len(happening.pcm), happening.at)
            self._captured.add(len(happening.pcm), lies)
        elif isinstance(happening, on.AudioPlayed):
            self._extent.play(len(happening.pcm))
        elif isinstance(happening, do.SendAudio):
            at = happening.captured_at
            lies = self._extent.now if at is None else self._captured.at(at)
            self._sent.add(len(happening.pcm), lies)
        elif isinstance(happening, on.SessionStarted):
            self._sent, self._turn, self._dropped = _Laid(), 0, 0
        elif isinstance(happening, on.AudioDropped):
            self._dropped += pcm.size_of(happening.ms)
        elif isinstance(happening, do.ClearInput):
            self._turn = self._sent.size
        elif isinstance(happening, do.CommitAudio):
            begin, end = self._sent.at(self._turn), self._sent.end(self._sent.size)
            self._turns.append((pcm.seconds(begin), pcm.seconds(end)))
            self._turn = self._sent.size
        elif isinstance(happening, on.ErrorReported) and self._turns and _is_of_commit(happening):
            self._turns.popleft()
        elif isinstance(happening, on.InputCommitted) and self._turns:
            begun, ended = self._turns.popleft()
            spoken: list[tuple[float, _Happening]] = [
                (begun, on.SpeechStarted(happening.item_id, None)),
                (ended, on.SpeechStopped(happening.item_id, None)),
            ]
            return [*spoken, (self.now, happening)]
        return [(pcm.seconds(self._at(happening)), happening)]

    def _at(self, happening: _Happening) -> int:
        now = self._extent.now
        if isinstance(happening, _OF_THE_SPEAKER) and happening.at_ms is not None:
            return pcm.size_of(happening.at_ms)
        if isinstance(happening, on.SpeechStarted) and happening.start_ms is not None:
            return min(now, self._sent.begin(pcm.size_of(happening.start_ms) + self._dropped))
        if isinstance(happening, on.SpeechStopped) and happening.end_ms is not None:
            return min(now, self._sent.end(pcm.size_of(happening.end_ms) + self._dropped))
        return now


class _Laid:
    """Where among all sound the pieces of one lie, one behind the other in itself."""

    def __init__(self) -> None:
        self.size = 0
        self._begins: list[int] = [0]  # of each stretch that lies in one piece
        self._lies: list[int] = [0]
        self._anew = 0  # where the last one begins that a pause goes before

    def add(self, size: int, lies: int) -> None:
        """Put the next piece."""
        gap = lies - self.at(self.size)
        if gap:
            self._begins.append(self.size)
            self._lies.append(lies)
        if gap > PAUSE:
            self._anew = self.size
        self.size += size

    def at(self, position: int) -> int:
        """Return where among all sound `position` lies."""
        stretch = bisect_right(self._begins, position) - 1
        return self._lies[max(0, stretch)] + position - self._begins[max(0, stretch)]

    def begin(self, position: int) -> int:
        """Return the same for a beginning, which padding does not put before a pause."""
        return self.at(max(position, self._anew))

    def end(self, position: int) -> int:
        """Return the same for an end: behind what goes before it."""
        return self.at(position - pcm.SAMPLE_SIZE) + pcm.SAMPLE_SIZE if position else self.at(0)


def _is_of_commit(error: on.ErrorReported) -> bool:
    return error.cause is Cause.TOO_SHORT or error.order == do.CommitAudio.__name__
