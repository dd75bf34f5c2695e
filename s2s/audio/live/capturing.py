"""What a microphone gives, turned into what is wanted of it: block by block, none lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s import pcm
from s2s.audio.devices.protocols import PCM, Opening
from s2s.audio.events import AudioCaptured, Times

if TYPE_CHECKING:
    from s2s.audio.live.resample import CaptureConverter


class AsWanted:
    """Gives chunks of 20 ms of `wanted`; what a device gives so by itself stays as it is."""

    def __init__(self, wanted: Opening = PCM) -> None:
        self._wanted = wanted
        self._frame_size = pcm.SAMPLE_SIZE * wanted.channels
        self._opening: Opening | None = None
        self._converter: CaptureConverter | None = None
        self._given = 0  # frames, of this opening
        self._overrun = False
        self._lies = 0  # where the next chunk does
        self._ended = -1  # where the last block did

    def convert(self, captured: AudioCaptured, size: int = 0) -> list[AudioCaptured]:
        """Return the chunks that are complete after `captured`, which lasts `size` bytes of PCM."""
        opening = captured.opening
        if opening is None:
            self._opening = None
            return [captured]
        if self._converter is None or opening != self._opening:
            from s2s.audio.live.resample import CaptureConverter

            self._opening, self._converter = opening, CaptureConverter(opening, self._wanted)
            self._given, self._ended = 0, -1
        if captured.at is not None:
            if self._ended < 0:
                self._lies = captured.at
            else:
                self._lies += captured.at - self._ended
            self._ended = captured.at + size
        self._overrun |= captured.overrun
        chunks = []
        for chunk in self._converter.convert(captured.pcm):
            times = Times(self._given, captured.times.at_s if captured.times else None)
            at = None if captured.at is None else self._lies
            chunks.append(AudioCaptured(chunk, self._overrun, times, at))
            self._given += len(chunk) // self._frame_size
            self._lies += len(chunk)
            self._overrun = False
        return chunks


class Durations:
    """How long each block is, in bytes of PCM: whole samples, and exact over any time."""

    def __init__(self) -> None:
        self._opening: Opening | None = None
        self._frames = self._counted = 0

    def size(self, captured: AudioCaptured) -> int:
        opening = captured.opening
        if opening is None:
            return len(captured.pcm)
        if opening != self._opening:
            self._opening, self._frames, self._counted = opening, 0, 0
        self._frames += len(captured.pcm) // (pcm.SAMPLE_SIZE * opening.channels)
        before, self._counted = self._counted, self._frames * pcm.RATE // opening.rate
        return (self._counted - before) * pcm.SAMPLE_SIZE
