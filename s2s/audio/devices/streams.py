"""A microphone and a speaker on top of PortAudio's callbacks, which copy, post and pull.

A callback runs on PortAudio's own thread, with Python's lock. It must not wait, raise, or give a
byte too few: any of these ends the stream without a word.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from s2s import pcm
from s2s.audio.devices.choice import Device
from s2s.audio.devices.portaudio_thread import TICK_S
from s2s.audio.devices.protocols import (
    BLOCK_MS,
    CHUNK_MS,
    PCM,
    Opening,
    Post,
    Pull,
    Side,
    Source,
)
from s2s.audio.events import AudioCaptured, DeviceLost, Times
from s2s.errors import Bug, S2SError, SoundError

log = logging.getLogger("s2s.sound")

# What PortAudio gives: samples, how many frames, times, flags; what it gets: samples, what to do.
Callback = Callable[[bytes | None, int, Mapping[str, float], int], tuple[bytes | None, int]]

_CONTINUE, _ABORT = 0, 2  # paContinue, paAbort; PyAudio is imported late, for a quick start
_INPUT_OVERFLOWED = 2  # paInputOverflow
_BUFFERS = 2  # of PortAudio's, each as long as a callback's block
_QUIET_S = 1.0  # without a callback: the device is lost
_FIRST_S = 5.0  # until the first callback: a Bluetooth headset takes its time


class Opened(Protocol):
    """A stream of PyAudio's."""

    def is_active(self) -> bool: ...

    def close(self) -> None: ...


class Opener(Protocol):
    """Opens and closes streams, on the one thread that may."""

    def open_stream(self, stream: Stream, wanted: Opening, post: Post) -> None: ...

    def close_stream(self, stream: Stream, *, wait: bool = True) -> None: ...

    def reopen_stream(self, stream: Stream, wanted: Opening, post: Post) -> None: ...


class Stream:
    """What the two have in common: opened, watched, closed."""

    side: Side

    def __init__(self, system: Opener, device: Device) -> None:
        self.device = device
        self.opening: Opening | None = None  # how the device was opened
        self.wanted = True  # it is to run: an opening that is late does not open it for nobody
        self._system = system
        self._stream: Opened | None = None
        self._report: Post | None = None
        self._callbacks = 0
        self._seen = 0
        self._quiet_s = 0.0
        self._failure: BaseException | None = None

    def attach(self, stream: Opened, post: Post) -> None:
        """Take over an open stream, to be looked at from now on."""
        self._stream, self._report = stream, post
        self._callbacks, self._seen, self._quiet_s = 0, 0, 0.0

    def look(self) -> None:
        """Post `DeviceLost`, once, if the callbacks have stopped.

        Quiet time is counted in looks, not by the clock: a program that was stopped (Ctrl-Z) or
        a machine that slept finds its devices as it left them.
        """
        if self._stream is None or self._report is None:
            return
        quiet = self._callbacks == self._seen
        self._quiet_s = self._quiet_s + TICK_S if quiet else 0.0
        self._seen = self._callbacks
        limit_s = _QUIET_S if self._callbacks else _FIRST_S
        if self._failure is None and self._quiet_s < limit_s and _is_active(self._stream):
            return
        report, self._report = self._report, None
        if self._failure:
            log.error("! the %s's callback failed", self.side, exc_info=self._failure)
        report(DeviceLost(self.side, self._lost()))

    @property
    def runs(self) -> bool:
        """Whether it is open, and was not lost."""
        return self._stream is not None and self._report is not None

    def pause(self) -> None:
        """It is about to be closed, and opened again soon."""

    def close(self) -> None:
        """Stop, at once and for good; nothing is posted afterwards."""
        self._report, self.wanted = None, False
        self._system.close_stream(self)

    def callback(self, opening: Opening) -> Callback:
        """Return the function that PortAudio is to call, made ready for `opening`."""
        raise NotImplementedError

    def frames_per_buffer(self, opening: Opening) -> int:
        """Return how many frames a callback is to have."""
        raise NotImplementedError

    def detach(self) -> Opened | None:
        """Give the open stream back."""
        stream, self._stream = self._stream, None
        return stream

    def _lost(self) -> S2SError:
        if self._failure:
            return Bug(f"The {self.side} was stopped", self._failure)
        return SoundError(
            f"The {self.side} is lost: {self.device.name} has stopped.",
            "Is it still plugged in, is the sound server still running? See: s2s devices",
        )


def _is_active(stream: Opened) -> bool:
    try:
        return stream.is_active()
    except OSError:  # PyAudio has closed it already
        return False


class PortAudioMicrophone(Stream):
    """Posts 20 ms at a time as the device gives them; what is not as `wanted` says so."""

    side = "microphone"

    def __init__(self, system: Opener, device: Device, wanted: Opening) -> None:
        super().__init__(system, device)
        self._wanted = wanted
        self._post: Post | None = None
        self._given_in: Opening | None = None  # None: as wanted
        self._overrun = False
        self._resting = False
        self._held, self._held_at = b"", Times(0)  # a chunk that waits for the next one
        self._given = 0  # frames, of this stream
        self._frame_size = pcm.SAMPLE_SIZE

    def start(self, post: Post) -> None:
        """Begin to capture. Raises `SoundError` if the device cannot be opened."""
        self._post = post
        self._system.open_stream(self, self._wanted, post)

    def callback(self, opening: Opening) -> Callback:
        self.opening = opening
        self._given, self._held = 0, b""
        self._given_in = None if opening == self._wanted else opening
        self._frame_size = pcm.SAMPLE_SIZE * opening.channels
        return self._captured

    def frames_per_buffer(self, opening: Opening) -> int:
        return opening.rate * CHUNK_MS // 1000

    def rest(self) -> None:
        self._resting = True

    def wake(self) -> None:
        self._resting = False  # what is held goes with the next chunk, within 20 ms

    def close(self) -> None:
        self._post = None
        super().close()

    def _captured(
        self, captured: bytes | None, frames: int, times: Mapping[str, float], status: int
    ) -> tuple[None, int]:
        self._callbacks += 1
        try:
            assert captured
            self._overrun |= bool(status & _INPUT_OVERFLOWED)
            at = Times(self._given, times.get("input_buffer_adc_time"))
            self._given += len(captured) // self._frame_size
            if self._resting and not self._held:
                self._held, self._held_at = captured, at
            elif post := self._post:
                begins = self._held_at if self._held else at
                block = self._held + captured
                post(AudioCaptured(block, self._overrun, begins, opening=self._given_in))
                self._held, self._overrun = b"", False
        except BaseException as exc:
            self._failure = exc
            return None, _ABORT
        return None, _CONTINUE


class PortAudioSpeaker(Stream):
    """Pulls what a device plays, in whatever format that takes.

    A stream that runs calls back a hundred times a second and keeps the card awake, whatever it
    plays: while the speaker rests there is none. A card that another program could take meanwhile
    is kept.
    """

    side = "speaker"
    latency_ms = _BUFFERS * BLOCK_MS + 5.0  # measured on a null sink; a card adds its own

    def __init__(self, system: Opener, device: Device) -> None:
        super().__init__(system, device)
        self._source: Source | None = None
        self._post: Post | None = None
        self._pull: Pull | None = None
        self._pulled = 0  # frames, of this stream

    def start(self, source: Source, post: Post) -> None:
        """Begin to pull. Raises `SoundError` if the device cannot be opened."""
        self._source, self._post = source, post
        self._system.open_stream(self, PCM, post)

    def rest(self) -> None:
        if not self.device.exclusive:
            self.wanted = False
            if self._source:
                self._source.rests()
            self._system.close_stream(self, wait=False)

    def wake(self) -> None:
        if not self.wanted and self._report and self._post:
            self.wanted = True
            self._system.reopen_stream(self, PCM, self._post)

    def callback(self, opening: Opening) -> Callback:
        self.opening = opening
        assert self._source
        self._pull, self._pulled = self._source.opened(opening), 0
        return self._wanted_by_device

    def frames_per_buffer(self, opening: Opening) -> int:
        return opening.rate * BLOCK_MS // 1000

    def pause(self) -> None:
        if self._source:
            self._source.rests()

    def close(self) -> None:
        if self._source:
            self._source.rests()
        self._source, self._post = None, None
        super().close()

    def _wanted_by_device(
        self, nothing: bytes | None, frames: int, times: Mapping[str, float], status: int
    ) -> tuple[bytes | None, int]:
        self._callbacks += 1
        try:
            assert self._pull
            at = Times(self._pulled, times.get("output_buffer_dac_time"))
            self._pulled += frames
            return self._pull(frames, at), _CONTINUE
        except BaseException as exc:
            self._failure = exc
            return None, _ABORT
