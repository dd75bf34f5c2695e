"""The audio a client has appended and nobody has committed yet, and the turns found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from s2s import pcm
from s2s.local.endpointing import Endpointer, SpeechStarted, SpeechStopped
from s2s.local.items import decode_audio
from s2s.local.refusals import SettingRefused

if TYPE_CHECKING:
    from s2s.local.vad import Detector

Json = dict[str, Any]
MIN_COMMIT_MS = 100  # the API refuses less
MAX_S = 4 * 3600  # of audio not yet committed; 691 MB
_SPARE_MS = 1_000  # kept beyond the prefix, since speech is noticed late


class InputBuffer:
    """Holds audio, counts it from the session's first sample, and listens for turns."""

    def __init__(self, detector: Callable[[float], Detector]) -> None:
        self._detector = detector
        self._audio = bytearray()
        self.start_ms = 0  # of what is held, since the session's first sample
        self._prefix_ms = 0
        self._endpointer: Endpointer | None = None

    @property
    def end_ms(self) -> int:
        """Where the audio held ends, since the session's first sample."""
        return self.start_ms + pcm.duration_ms(len(self._audio))

    def listen(self, detection: Json | None) -> None:
        """Listen for turns from now on as `turn_detection` says; None: the client commits."""
        if detection is None:
            self._endpointer = None
            return
        self._prefix_ms = detection.get("prefix_padding_ms", 300)
        detector = self._detector(detection.get("threshold", 0.5))
        self._endpointer = Endpointer(detector, detection, self.end_ms)

    def append(self, coded: str) -> Iterator[SpeechStarted | SpeechStopped]:
        """Take base64 audio and give what it brought about. Raises `SettingRefused`."""
        audio = decode_audio(coded, "audio")
        if len(self._audio) + len(audio) > pcm.size_of(MAX_S * 1000):
            message = f"The input audio buffer holds {MAX_S // 3600} hours; commit or clear it."
            raise SettingRefused("input_audio_buffer_full", "audio", message)
        self._audio += audio
        if self._endpointer:
            for found in self._endpointer.feed(audio):
                if isinstance(found, SpeechStarted):
                    self._forget_before(found.start_ms)
                yield found
            if not self._endpointer.in_turn:
                self._forget_silence()

    def _forget_silence(self) -> None:
        """Keep only as much of the silence before a turn as the turn may begin with."""
        kept_ms = self._prefix_ms + _SPARE_MS
        if pcm.duration_ms(len(self._audio)) > 2 * kept_ms:
            self._forget_before(self.end_ms - kept_ms)

    def _forget_before(self, ms: int) -> None:
        self._take(max(0, ms - self.start_ms))

    def _take(self, ms: int) -> bytes:
        size = min(pcm.size_of(ms), len(self._audio))
        taken = bytes(self._audio[:size])
        del self._audio[:size]
        self.start_ms += ms
        return taken

    def commit(self) -> bytes:
        """Give up all audio. Raises `SettingRefused` for less than the API takes."""
        held_ms = pcm.duration_ms(len(self._audio))
        if held_ms < MIN_COMMIT_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"100ms of audio, but buffer only has {held_ms:.2f}ms of audio."
            )
            raise SettingRefused("input_audio_buffer_commit_empty", "", message)
        audio = bytes(self._audio)
        self.clear()
        return audio

    def commit_until(self, end_ms: int) -> bytes:
        """Give up the audio of a turn that ended at `end_ms`."""
        return self._take(end_ms - self.start_ms)

    def clear(self) -> None:
        self.start_ms = self.end_ms
        self._audio.clear()
