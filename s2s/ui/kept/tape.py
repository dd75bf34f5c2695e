"""Two tracks on one clock: what the microphone heard beside what the speaker took."""

from __future__ import annotations

from array import array

from s2s import pcm
from s2s.conversation.transcript.extent import Extent

_LEAST = pcm.size_of(100)  # given at once, so that few writes make a file


class Tape:
    """Takes both tracks as they come and gives what is settled; all sizes are bytes of PCM."""

    def __init__(self) -> None:
        self._captured, self._played = bytearray(), bytearray()  # what was not given yet
        self._given = 0  # of each
        self._extent = Extent()

    def play(self, audio: bytes) -> None:
        """Take what the speaker took."""
        self._played += audio
        self._extent.play(len(audio))
        _pad(self._captured, self._extent.captured - self._given)

    def capture(self, audio: bytes, at: int | None = None) -> None:
        """Take a chunk that lies `at`, or else behind the one before it.

        Where another one lies already it is left out.
        """
        lies = self._extent.capture(len(audio), at)
        if self._extent.captured > lies:
            _pad(self._captured, lies - self._given)
            self._captured += audio

    def take(self) -> tuple[bytes, bytes]:
        """Return what was captured and what was played, equally long, since the last time."""
        size = min(len(self._captured), len(self._played))
        if size < _LEAST:
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
