"""Rooms that are computed: a speaker, the air, a microphone and somebody who talks, on one clock.

A `Room` says what the air does; `Simulated` puts the devices of the session's chain into it and
lets time pass, as fast as the machine can. Nothing waits, nothing is random but by a seed.

    pulled by the speaker > its buffers > air, walls, clipping > microphone > chunks of 20 ms

The speaker calls back every 10 ms, and two or three times at once as it opens; the microphone calls
back every 20 ms. Levels are decibels below full scale, or of the echo beside what was played.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from s2s import pcm
from s2s.audio.devices.protocols import BLOCK_MS, CHUNK_MS, PCM, Post, Pull
from s2s.audio.events import AudioCaptured, AudioPlayed, Event, Part, PartPlayed, Times
from s2s.audio.live.chain import Canceller, Chain

Samples = npt.NDArray[np.float64]
E = TypeVar("E")

BLOCK, CHUNK = pcm.RATE * BLOCK_MS // 1000, pcm.RATE * CHUNK_MS // 1000  # samples
_BUFFERS = 2  # of the speaker's, filled at once as it opens
_WALLS_MS = 300  # of reverberation
_RT60_S = 0.25  # until it has fallen by 60 dB


@dataclass(frozen=True)
class Room:
    """What becomes of the speaker's sound on its way to the microphone."""

    name: str = "a room"
    delay_ms: float = 80.0
    """From the speaker's pull to the microphone's callback, buffers included; 25 ms at least."""
    echo_db: float = -10.0
    """How loud it arrives, beside what was played."""
    walls: bool = True
    """It reverberates; else there is a direct way alone."""
    drift_ppm: float = 0.0
    """How much faster the microphone's clock runs than the speaker's."""
    noise_dbfs: float = -75.0
    """Of the room and the microphone."""
    clips_at: float | None = None
    """Where the loudspeaker clips, 1.0 is full scale."""
    seed: int = 1

    def response(self) -> Samples:
        """Return the way from speaker to microphone, with as much energy as `echo_db` says."""
        rng = np.random.default_rng(self.seed)
        size = pcm.RATE * _WALLS_MS // 1000
        way = np.zeros(size)
        way[0] = 1.0
        if self.walls:
            t = np.arange(size) / pcm.RATE
            walls = rng.standard_normal(size) * 10 ** (-3 * t / _RT60_S)
            walls[: pcm.RATE // 500] = 0  # nothing before the first wall, 2 ms
            way += walls / np.sqrt((walls**2).sum())
        gained: Samples = way / np.sqrt((way**2).sum()) * 10 ** (self.echo_db / 20)
        return gained


ROOMS = (
    Room("near", delay_ms=25, echo_db=-6),
    Room("desk", delay_ms=80, echo_db=-10),
    Room("far", delay_ms=250, echo_db=-10),
    Room("quiet", delay_ms=120, echo_db=-20),
    Room("drifting", delay_ms=80, echo_db=-10, drift_ppm=50),
    Room("drifting fast", delay_ms=80, echo_db=-10, drift_ppm=200),
    Room("noisy", delay_ms=80, echo_db=-10, noise_dbfs=-50),
    Room("clipped", delay_ms=80, echo_db=-10, clips_at=0.25),
)
HEADPHONES = (
    Room("headphones", delay_ms=60, echo_db=-50),
    Room("closed headphones", delay_ms=60, echo_db=-90),
)


@functools.cache
def speech(text: str, voice: str = "rms", dbfs: float = -20.0) -> Samples:
    """Return a sentence, as loud as `dbfs` while it is spoken.

    The voice is one of flite's, or of espeak-ng's: `espeak en-us+f3`.
    """
    import subprocess
    import tempfile
    import wave

    program, _, of_espeak = voice.partition(" ")
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["flite", "-voice", voice, "-t", text, "-o", file.name]
        if program == "espeak":
            command = ["espeak-ng", "-v", of_espeak, "-w", file.name, text]
        subprocess.run(command, check=True)
        with wave.open(file.name, "rb") as spoken:
            rate = spoken.getframerate()
            raw = np.frombuffer(spoken.readframes(spoken.getnframes()), "<i2")
    size = round(len(raw) * pcm.RATE / rate)
    samples = np.fft.irfft(np.fft.rfft(raw / 32768)[: size // 2 + 1], size) * size / len(raw)
    loud = np.abs(samples) > 0.1 * np.abs(samples).max()
    begin, end = int(loud.argmax()), len(loud) - int(loud[::-1].argmax())
    samples = samples[begin:end]
    loud_enough: Samples = samples * (10 ** (dbfs / 20) / np.sqrt((samples**2).mean()))
    return loud_enough


def as_pcm(samples: Samples) -> bytes:
    """Return samples of -1 to 1 as PCM; what is louder is clipped."""
    audio: bytes = np.rint(samples * 32767).clip(-32768, 32767).astype("<i2").tobytes()
    return audio


def as_samples(audio: bytes) -> Samples:
    """Return PCM as samples of -1 to 1."""
    return np.frombuffer(audio, "<i2") / 32768


def dbfs(samples: Samples) -> float:
    """Return how loud it is on average."""
    return float(10 * np.log10((samples**2).mean() + 1e-12)) if len(samples) else -120.0


class Air:
    """What lies between a speaker and a microphone, both of which say when; times are ms."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.heard: list[Samples] = []  # raw, of every chunk
        self.muted = False
        """The microphone gives nothing but zeros."""
        self.later_ms = 0.0
        """How much later the speaker sounds than the room says: its buffers have changed."""
        self._way = room.response()
        self._size = 1 << (len(self._way) + BLOCK).bit_length()
        self._spectrum = np.fft.rfft(self._way, self._size)
        self._rng = np.random.default_rng(room.seed + 100)
        self._echo: Samples = np.zeros(0)  # at the microphone, on the speaker's clock
        self._talker: Samples = np.zeros(0)  # at the microphone
        self._chunks = 0

    def say(self, samples: Samples, at_ms: float) -> None:
        """Somebody talks from `at_ms` on."""
        self._talker = _added(self._talker, samples, round(at_ms * pcm.RATE / 1000))

    def sounds(self, block: bytes, begins_ms: float) -> None:
        """The speaker was given a block that belongs there, had it been given evenly."""
        samples = as_samples(block)
        if self.room.clips_at:
            samples = samples.clip(-self.room.clips_at, self.room.clips_at)
        if not samples.any():
            return
        # `delay_ms` counts from the pull of a running stream: two buffers before it sounds.
        late_ms = self.room.delay_ms + self.later_ms - _BUFFERS * BLOCK_MS
        at = round((begins_ms + late_ms) * pcm.RATE / 1000)
        spread = np.fft.irfft(np.fft.rfft(samples, self._size) * self._spectrum, self._size)
        self._echo = _added(self._echo, spread[: len(samples) + len(self._way) - 1], at)

    @property
    def next_chunk_ms(self) -> float:
        """When the microphone has the next chunk."""
        return (self._chunks + 1) * CHUNK_MS / self._speed

    def next_chunk(self) -> AudioCaptured:
        """Return what the microphone hears."""
        first = self._chunks * CHUNK
        self._chunks += 1
        chunk = self._rng.standard_normal(CHUNK) * 10 ** (self.room.noise_dbfs / 20)
        places = (first + np.arange(CHUNK)) / self._speed
        low = int(places[0])
        near = self._echo[low : low + CHUNK + 2]
        if len(near) > 1:
            chunk += np.interp(places - low, np.arange(len(near)), near, right=0.0)
        talk = self._talker[first : first + CHUNK]
        chunk[: len(talk)] += talk
        heard = pcm.silence(CHUNK_MS) if self.muted else as_pcm(chunk)
        self.heard.append(as_samples(heard))
        return AudioCaptured(heard, times=Times(first))

    @property
    def _speed(self) -> float:
        return 1 + self.room.drift_ppm * 1e-6


class Simulated:
    """A chain with its devices in a room; times are ms since the beginning."""

    def __init__(self, room: Room, canceller: Callable[[Post], Canceller | None]) -> None:
        self.posted: list[tuple[float, Event]] = []
        self.now_ms = 0.0
        self.chain = Chain(
            self.post, canceller=canceller(self.post), now=lambda: self.now_ms / 1000
        )
        self.air = Air(room)
        self._pull: Pull | None = None
        self._next_pull_ms = 0.0
        self._opened_ms = 0.0
        self._blocks = 0  # of this stream

    # --- what happens

    def say(self, samples: Samples, at_ms: float) -> None:
        """Somebody talks from `at_ms` on."""
        self.air.say(samples, at_ms)

    def reply(self, part: Part, samples: Samples) -> None:
        """A reply comes, all at once."""
        self.chain.play(part, as_pcm(samples))
        self.chain.end(part)

    def wake(self, *, at_once: int = _BUFFERS) -> None:
        """The speaker opens: so many buffers are filled at once, and it begins to play."""
        self._pull, self._blocks = self.chain.opened(PCM), 0
        self._opened_ms = self.now_ms
        for _ in range(at_once):
            self._take()
        self._next_pull_ms = self.now_ms + BLOCK_MS

    def rest(self) -> None:
        """The speaker closes."""
        self._pull = None
        self.chain.rests()

    def underrun(self, ms: float) -> None:
        """The speaker asks for nothing, plays nothing, and goes on later."""
        self._next_pull_ms += ms
        self._opened_ms += ms

    def run(self, ms: float) -> None:
        """Let time pass."""
        end = self.now_ms + ms
        while True:
            next_chunk_ms = self.air.next_chunk_ms
            if self._pull and self._next_pull_ms <= min(next_chunk_ms, end):
                self.now_ms = max(self.now_ms, self._next_pull_ms)
                self._next_pull_ms += BLOCK_MS
                self._take()
            elif next_chunk_ms <= end:
                self.now_ms = max(self.now_ms, next_chunk_ms)
                self.chain.capture(self.air.next_chunk())
            else:
                break
        self.now_ms = end

    # --- what it came to

    def of(self, kind: type[E], since_ms: float = 0.0) -> list[tuple[float, E]]:
        """Return what was posted of a kind, and when."""
        return [(at, e) for at, e in self.posted if isinstance(e, kind) and at >= since_ms]

    def sent(self, begin_ms: float = 0.0, end_ms: float | None = None) -> Samples:
        """Return what came out of the chain, as it was captured in that time."""
        audio = b"".join(e.pcm for _, e in self.of(AudioCaptured))
        return _between(as_samples(audio), begin_ms, end_ms)

    def raw(self, begin_ms: float = 0.0, end_ms: float | None = None) -> Samples:
        """Return what the microphone heard in that time."""
        return _between(np.concatenate(self.air.heard), begin_ms, end_ms)

    @property
    def played(self) -> bytes:
        """What the speaker took, as far as it was told."""
        return b"".join(e.pcm for _, e in self.of(AudioPlayed))

    def until_heard(self, part: Part, most_ms: float = 60_000) -> None:
        """Let time pass until a reply has been played to its end."""
        end = self.now_ms + most_ms
        while not any(e.part == part for _, e in self.of(PartPlayed)):
            assert self.now_ms < end, "the reply was not heard"
            self.run(100)

    # --- the devices

    def post(self, event: Event) -> None:
        """Take down what happens, and when."""
        self.posted.append((self.now_ms, event))

    def _take(self) -> None:
        assert self._pull
        block = self._pull(BLOCK, Times(self._blocks * BLOCK))
        self.air.sounds(block, self._opened_ms + self._blocks * BLOCK_MS)
        self._blocks += 1


def _added(there: Samples, more: Samples, at: int) -> Samples:
    end = at + len(more)
    if end > len(there):
        there = np.concatenate([there, np.zeros(max(end - len(there), 10 * pcm.RATE))])
    there[at:end] += more
    return there


def _between(samples: Samples, begin_ms: float, end_ms: float | None) -> Samples:
    end = None if end_ms is None else round(end_ms * pcm.RATE / 1000)
    return samples[round(begin_ms * pcm.RATE / 1000) : end]
