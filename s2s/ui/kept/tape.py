"""Two tracks on one clock: what the microphone heard beside what the speaker took.

The speaker's is the clock: ten times a second it tells what it took, silence included. Both
devices post to one inbox, so the order in which their sound arrives says what was heard together,
even when the loop was late for all of it. Only while no speaker runs is the capture the clock.
"""

from __future__ import annotations

from array import array

from s2s import pcm

_REPORT = pcm.size_of(100)  # what the speaker tells of at once
_TOLERANCE = pcm.size_of(100)  # a chunk that is further off is put where it was heard
_NO_SPEAKER = pcm.size_of(300)  # captured without a report: no speaker runs


class Tape:
    """Takes both tracks as they come and gives what is settled; all sizes are bytes of PCM."""

    def __init__(self) -> None:
        self._captured, self._played = bytearray(), bytearray()  # what was not given yet
        self._given = 0  # of each
        self._since = 0  # captured since the last report
        self._running = False  # the speaker
        self._placed = False  # a chunk was captured, and none is missing since

    @property
    def now(self) -> int:
        """How long the recording is, as far as both devices have told."""
        told = len(self._played) + self._since if self._running else len(self._captured)
        return self._given + max(told, len(self._played))

    def playhead(self, into: int) -> int:
        """Return where in the recording lies what is `into` bytes behind all that was played."""
        if into >= 0:  # else it lies in what was told already
            self._begin(into)
        return max(0, self._given + len(self._played) + into)

    def play(self, audio: bytes) -> None:
        """Take what the speaker took."""
        self._begin(len(audio))
        self._since = 0
        self._played += audio
        if len(self._played) - len(self._captured) > _REPORT + _TOLERANCE:
            _pad(self._captured, len(self._played) - _REPORT)
            self._placed = False

    def _begin(self, into: int) -> None:
        """The speaker runs, and has taken `into` bytes that it has not told of."""
        if not self._running:  # what was captured before it began was heard beside silence
            _pad(self._played, len(self._captured) - into)
            self._running, self._since = True, into

    def capture(self, audio: bytes) -> int:
        """Take a chunk: behind the one before it, unless it was heard at another moment.

        Return where it lies in the recording.
        """
        self._since += len(audio)
        self._running = self._running and self._since <= _NO_SPEAKER
        if self._running:
            heard_at = len(self._played) + self._since - len(audio)
            late = heard_at - len(self._captured)
            if not self._placed or late > _TOLERANCE:
                _pad(self._captured, heard_at)
            elif late < -_TOLERANCE:
                return self._given + len(self._captured)
        self._placed = True
        at = self._given + len(self._captured)
        self._captured += audio
        if not self._running:
            _pad(self._played, len(self._captured) - _REPORT)
        return at

    def take(self) -> tuple[bytes, bytes]:
        """Return what was captured and what was played, equally long, since the last time."""
        size = min(len(self._captured), len(self._played))
        if size < _REPORT:  # so that few writes make a file
            return b"", b""
        return self._give(size)

    def finish(self) -> tuple[bytes, bytes]:
        """Return all that is left; the shorter track ends in silence."""
        size = max(len(self._captured), len(self._played))
        _pad(self._captured, size)
        _pad(self._played, size)
        return self._give(size)

    def _give(self, size: int) -> tuple[bytes, bytes]:
        taken = bytes(self._captured[:size]), bytes(self._played[:size])
        del self._captured[:size], self._played[:size]
        self._given += size
        return taken


def stereo(left: bytes, right: bytes) -> bytes:
    """Return two tracks, equally long, as one with two channels."""
    both = array("h", bytes(2 * len(left)))
    both[0::2], both[1::2] = array("h", left), array("h", right)
    return both.tobytes()


def _pad(track: bytearray, size: int) -> None:
    """Fill a track with silence until it is `size` bytes long."""
    track += bytes(max(0, size - len(track)))
