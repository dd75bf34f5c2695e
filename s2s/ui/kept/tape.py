"""Two tracks on one clock: what the microphone heard beside what the speaker took.

The speaker's is the clock: ten times a second it tells what it took, silence included, also while
it rests. Each chunk of the microphone knows where it lies beside that.
"""

from __future__ import annotations

from array import array

from s2s import pcm

_REPORT = pcm.size_of(100)  # what the speaker tells of at once
_TOLERANCE = pcm.size_of(100)  # how late a chunk may come before its place stays silent


class Tape:
    """Takes both tracks as they come and gives what is settled; all sizes are bytes of PCM."""

    def __init__(self) -> None:
        self._captured, self._played = bytearray(), bytearray()  # what was not given yet
        self._given = 0  # of each

    @property
    def now(self) -> int:
        """How long the recording is, as far as both devices have told."""
        return self._given + max(len(self._captured), len(self._played))

    def play(self, audio: bytes) -> None:
        """Take what the speaker took."""
        self._played += audio
        _pad(self._captured, len(self._played) - _REPORT - _TOLERANCE)

    def capture(self, audio: bytes, at: int | None = None) -> int:
        """Take a chunk that lies `at`, or else behind the one before it.

        Return where it lies. Where another one lies already it is left out.
        """
        end = self._given + len(self._captured)
        if at is not None and at < end:
            return end
        _pad(self._captured, (end if at is None else at) - self._given)
        lies = self._given + len(self._captured)
        self._captured += audio
        return lies

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
