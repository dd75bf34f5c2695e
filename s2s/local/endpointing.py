"""When a user's turn begins and ends in a stream of audio: server VAD, counted in samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2s import pcm

START_MS = 60  # of speech within START_WINDOW_MS before a turn begins: a click is shorter
START_WINDOW_MS = 160
_EAGERNESS_MS = {"low": 1_200, "medium": 700, "auto": 700, "high": 400}  # of pause that ends a turn

if TYPE_CHECKING:
    from s2s.local.vad import Detector


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    start_ms: int  # since the session's first sample, prefix padding included


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    end_ms: int  # since the session's first sample, the pause included


class Endpointer:
    """Cuts turns out of audio; `settings` are the API's `turn_detection`."""

    def __init__(self, detector: Detector, settings: dict[str, Any], start_ms: int = 0) -> None:
        self.in_turn = False
        self._detector = detector
        pause_ms = _EAGERNESS_MS.get(settings.get("eagerness", ""), 500)
        self._silence_ms = settings.get("silence_duration_ms", pause_ms)
        self._prefix_ms = settings.get("prefix_padding_ms", 300)
        self._pending = bytearray()
        self._ms = start_ms  # of audio judged
        self._turn_floor_ms = start_ms  # no turn reaches back behind the end of the one before
        self._recent: list[bool] = []
        self._pause_ms = 0

    def feed(self, audio: bytes) -> Iterator[SpeechStarted | SpeechStopped]:
        """Judge `audio` and give what it brought about."""
        self._pending += audio
        size = pcm.size_of(self._detector.chunk_ms)
        while len(self._pending) >= size:
            chunk = bytes(self._pending[:size])
            del self._pending[:size]
            self._ms += self._detector.chunk_ms
            found = self._judge(self._detector.is_speech(chunk))
            if found:
                yield found

    def _judge(self, speech: bool) -> SpeechStarted | SpeechStopped | None:
        chunk_ms = self._detector.chunk_ms
        if self.in_turn:
            self._pause_ms = 0 if speech else self._pause_ms + chunk_ms
            if self._pause_ms < self._silence_ms:
                return None
            self.in_turn = False
            self._recent.clear()
            self._turn_floor_ms = self._ms
            return SpeechStopped(self._ms)
        self._recent = [*self._recent, speech][-(START_WINDOW_MS // chunk_ms) :]
        if self._recent.count(True) * chunk_ms < START_MS:
            return None
        self.in_turn = True
        self._pause_ms = 0
        begun_ms = self._ms - (len(self._recent) - self._recent.index(True)) * chunk_ms
        return SpeechStarted(max(self._turn_floor_ms, begun_ms - self._prefix_ms))
