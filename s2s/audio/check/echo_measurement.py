"""How much of the speaker reaches the microphone, and how late: three chirps, and a search.

The search divides the recording's spectrum by the chirp's, which leaves the path from speaker to
microphone as an impulse response: its place is the delay, its energy the coupling. Noise and voices
spread over all delays; an echo stands at the same delay behind every chirp.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2s import pcm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float64]

CHIRP_MS = 400  # long enough to be found 15 dB below the noise, short enough to please
STARTS_MS = (0, 650, 1450)  # unequal gaps: the echo of one chirp never stands in for another's
LONGEST_MS = 1000  # of a delay; Bluetooth speakers need 150 to 400
SOUND_MS = STARTS_MS[-1] + CHIRP_MS

_BOTTOM_HZ, _TOP_HZ = 200.0, 4000.0  # the fades fall outside of what is looked at:
_LOW_HZ, _HIGH_HZ = 300.0, 3400.0  # the band of a voice, which every speaker and microphone has
_PEAK = 0.2  # its root mean square is -17 dBFS, about that of a voice
_FADE_MS = 40  # at both ends, lest it clicks
_EARLY_MS = 20  # how much too late the place of the first sample may have been taken down
_TOLERANCE_MS = 2  # between the delays of two chirps; clocks drift, and devices hiccup
_ROOM_MS = 200  # of reverberation that still counts as echo
# Times the median. Of 1,000 stretches of speech the worst came to 6.1 behind all three chirps and
# to 9.8 behind two of them; noise to 3.8. Two suffice: a device may hiccup at the third.
_BEHIND_THREE, _BEHIND_TWO = 8.0, 12.0
_VANISHES = 0.5 / 32768 / _PEAK  # an echo this weak is rounded to nothing
_HARMLESS_DB = -40.0  # a reply at -20 dBFS comes back at -60: silence to turn detection


@dataclass(frozen=True, slots=True)
class MeasuredEcho:
    """What was found; without an echo, `coupling_db` and `delay_ms` are None."""

    coupling_db: float | None  # the microphone's level over the level that was played
    delay_ms: float | None  # from "the speaker took it" to "the microphone gave it"
    limit_db: float  # an echo weaker than this could not have been told from noise

    @property
    def harmless(self) -> bool:
        """Whether a voice client may listen while it speaks, without headphones."""
        loudest = self.limit_db if self.coupling_db is None else self.coupling_db
        return loudest <= _HARMLESS_DB

    @property
    def uncertain(self) -> bool:
        """Whether the room was too loud to tell."""
        return self.coupling_db is None and not self.harmless


def chirps() -> bytes:
    """Return the sound to play, as PCM: three rising chirps."""
    chirp = array("h", (round(sample * 32767) for sample in _chirp())).tobytes()
    sound = bytearray(pcm.size_of(SOUND_MS))
    for start_ms in STARTS_MS:
        at = pcm.size_of(start_ms)
        sound[at : at + len(chirp)] = chirp
    return bytes(sound)


def find_echo(recording: bytes, started: int) -> MeasuredEcho:
    """Look for the echo of `chirps`, whose first sample was played at sample `started`.

    The recording is PCM and should go on for `LONGEST_MS` after the last chirp.
    """
    import numpy as np

    heard = np.frombuffer(recording, "<i2") / 32768
    paths = [_Path(heard, started + _samples(start_ms)) for start_ms in STARTS_MS]
    standing_out = np.array([path.standing_out() for path in paths])
    near = [np.roll(standing_out, ms, axis=1) for ms in range(-_TOLERANCE_MS, _TOLERANCE_MS + 1)]
    three, two, _ = np.sort(np.max(near, axis=0), axis=0)
    certain = np.maximum(three / _BEHIND_THREE, two / _BEHIND_TWO)
    at_ms = int(certain.argmax())
    limit_db = _db(_BEHIND_THREE * float(np.median([path.smallest for path in paths])))
    if certain[at_ms] < 1:
        return MeasuredEcho(None, None, limit_db)
    energy = sorted(path.energy(at_ms) for path in paths)[1]
    peaks = sorted(path.peak(at_ms) for path in paths)[1:]
    delay_ms = sum(each_ms for _, each_ms in peaks) / len(peaks)
    return MeasuredEcho(_db(math.sqrt(energy)), delay_ms, limit_db)


class _Path:
    """From speaker to microphone as one chirp shows it: loudness over delay, 1.0 if all arrives."""

    def __init__(self, heard: Samples, start: int) -> None:
        import numpy as np

        chirp = np.array(_chirp())
        first = start - _samples(_EARLY_MS)
        delays = _samples(_EARLY_MS + LONGEST_MS + _ROOM_MS)
        wanted = np.zeros(delays + len(chirp))
        there = heard[max(0, first) : max(0, first + len(wanted))]
        wanted[max(0, -first) : max(0, -first) + len(there)] = there
        size = 1 << (len(wanted) + len(chirp)).bit_length()
        hz = np.fft.rfftfreq(size, 1 / pcm.RATE)
        band = np.clip((hz - _LOW_HZ) / 100, 0, 1) * np.clip((_HIGH_HZ - hz) / 400, 0, 1)
        played = np.fft.rfft(chirp, size)
        divided = band * np.fft.rfft(wanted, size) / np.where(band > 0, played, 1)
        analytic = np.zeros(size, complex)  # without negative frequencies its magnitude is smooth
        analytic[: len(hz)] = divided
        self._loudness = np.abs(np.fft.ifft(analytic))[:delays] * size / band.sum()
        self._energy_of_all = float((band**2).sum() * size / band.sum() ** 2)
        self.smallest = max(float(np.median(self._loudness)), _VANISHES / _BEHIND_THREE)
        """What noise and voices come to, at any delay."""

    def standing_out(self) -> Samples:
        """Return how far above the median each millisecond of delay comes."""
        loudest: Samples = self._loudness.reshape(-1, _samples(1)).max(axis=1) / self.smallest
        return loudest

    def peak(self, at_ms: int) -> tuple[float, float]:
        """Return the loudest that arrives about `at_ms`, and its delay in ms."""
        first = _samples(max(0, at_ms - _TOLERANCE_MS))
        near = self._loudness[first : _samples(at_ms + _TOLERANCE_MS + 1)]
        at = int(near.argmax())
        return float(near[at]), (first + at) * 1000 / pcm.RATE - _EARLY_MS

    def energy(self, at_ms: int) -> float:
        """Return the energy that arrives from about `at_ms` on, 1.0 for all that was played."""
        first = _samples(max(0, at_ms - _TOLERANCE_MS))
        room = self._loudness[first : first + _samples(_ROOM_MS)]
        return float((room[room > 3 * self.smallest] ** 2).sum()) / self._energy_of_all


def _chirp() -> list[float]:
    """Return one chirp, which climbs by the same interval in the same time, as a voice would."""
    size, fade = _samples(CHIRP_MS), _samples(_FADE_MS)
    climb = math.log(_TOP_HZ / _BOTTOM_HZ)
    turns = _BOTTOM_HZ * CHIRP_MS / 1000 / climb
    return [
        _PEAK
        * math.sin(2 * math.pi * turns * (math.exp(climb * n / size) - 1))
        * math.sin(math.pi / 2 * min(1.0, n / fade, (size - n) / fade)) ** 2
        for n in range(size)
    ]


def _samples(ms: int) -> int:
    return pcm.size_of(ms) // pcm.SAMPLE_SIZE


def _db(gain: float) -> float:
    return 20 * math.log10(gain)
