"""How far a part of a recording was read, and what the user should know of it then."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from s2s.audio.files.conversion import Converter
from s2s.audio.files.decoders import Decoder

SHORTFALL_S = 0.05  # a compressed file may miss its promise by a codec's delay


class PartReading:
    """One part, as it is read."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.frames = 0  # read so far
        self.is_whole = False  # whether that is all

    @cached_property
    def converter(self) -> Converter | None:
        """What turns it into PCM, None if it is that already."""
        decoder = self.decoder
        return None if decoder.is_pcm else Converter(decoder.rate, decoder.channels)

    @property
    def seconds(self) -> float:
        """What is there, exactly once it is read."""
        held = self.frames if self.is_whole or not self.decoder.held else self.decoder.held
        return held / self.decoder.rate

    @property
    def promised(self) -> float:
        """Seconds that its header promises, or what is there."""
        promised = self.decoder.promised
        return self.seconds if promised is None else max(self.seconds, promised / self.decoder.rate)


def notices_of(readings: Sequence[PartReading]) -> list[str]:
    """Return what the user should know, as sentences without a full stop."""
    notices = []
    said, found = sum(r.promised for r in readings), sum(r.seconds for r in readings)
    if said - found > SHORTFALL_S:
        notices.append(f"the header promises {said:.1f} s, the file holds {found:.1f} s")
    for place, reading in enumerate(readings, 1):
        if reading.is_whole and reading.decoder.cut and reading.promised == reading.seconds:
            which = f"part {place} of it" if len(readings) > 1 else "it"
            notices.append(f"{which} breaks off after {reading.seconds:.1f} s: its end is missing")
        if reading.is_whole:
            notices += reading.decoder.notices
    converters = [r.converter for r in readings if r.frames and r.converter]
    if clipped := sum(each.clipped for each in converters):
        notices.append(f"{clipped} samples beyond full scale were clipped")
    if count := sum(each.not_numbers for each in converters):
        notices.append(f"{count} samples that are no numbers were made silent")
    alone = [each.alone for each in converters if each.alone is not None]
    if alone:
        notices.append(
            "the channels cancel each other out when they are mixed to one, so channel "
            f"{alone[0] + 1} alone is sent"
        )
    return notices
