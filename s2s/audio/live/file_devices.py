"""Files and pipes that stand in for a microphone and a speaker, in real time."""

from __future__ import annotations

import asyncio
from typing import Protocol

from s2s import pcm
from s2s.audio.devices.protocols import BLOCK_MS, CHUNK_MS, PCM, Post, Pull, Source
from s2s.audio.events import AudioCaptured, CaptureEnded, DeviceLost, Times
from s2s.audio.files.read_ahead import Readable, ReadAhead
from s2s.clock import Clock
from s2s.errors import Bug, S2SError

WRITE_MS = 100  # at a time to the sink: a kill loses less than that
LATE_MS = 100  # a pipe that is further behind than this is not made up for


class FileMicrophone:
    """Gives a recording as if it were spoken now, then silence; `start` wants a running loop."""

    def __init__(self, recording: Readable, clock: Clock) -> None:
        self._recording, self._clock = recording, clock
        self._task: asyncio.Task[None] | None = None
        self._ahead: ReadAhead | None = None

    def start(self, post: Post) -> None:
        self._ahead = ReadAhead(self._recording, CHUNK_MS)
        self._task = asyncio.create_task(self._give(self._ahead, post))

    async def _give(self, ahead: ReadAhead, post: Post) -> None:
        size = pcm.size_of(CHUNK_MS)
        due = self._clock.now()
        try:
            while chunk := await ahead.next():
                due = max(due + pcm.seconds(len(chunk)), self._clock.now() - LATE_MS / 1000)
                await self._clock.sleep_until(due)
                post(AudioCaptured(chunk.ljust(size, b"\0")))
        except S2SError as error:
            post(DeviceLost("microphone", error))
            return
        except Exception as exc:
            post(DeviceLost("microphone", Bug("The recording was not read on", exc)))
            return
        post(CaptureEnded())
        while True:
            due += CHUNK_MS / 1000
            await self._clock.sleep_until(due)
            post(AudioCaptured(bytes(size)))

    def rest(self) -> None:
        """Go on: a recording is given in chunks."""

    def wake(self) -> None:
        """Go on."""

    def close(self) -> None:
        if self._task and self._ahead:
            self._task.cancel()
            self._ahead.leave()


class AudioSink(Protocol):
    """Takes PCM, piece by piece."""

    def write(self, pcm: bytes) -> None: ...


class FileSpeaker:
    """Writes what a listener would have heard, silence included; without a sink, to nowhere."""

    latency_ms = 0.0

    def __init__(self, sink: AudioSink | None, clock: Clock) -> None:
        self._sink, self._clock = sink, clock
        self._unwritten = bytearray()
        self._task: asyncio.Task[None] | None = None

    def start(self, source: Source, post: Post) -> None:
        self._task = asyncio.create_task(self._take(source.opened(PCM), post))

    async def _take(self, pull: Pull, post: Post) -> None:
        due, frames, taken = self._clock.now(), pcm.RATE * BLOCK_MS // 1000, 0
        try:
            while True:
                due += BLOCK_MS / 1000
                await self._clock.sleep_until(due)
                self._unwritten += pull(frames, Times(taken, due))
                taken += frames
                if len(self._unwritten) >= pcm.size_of(WRITE_MS):
                    self._write()
        except S2SError as error:
            post(DeviceLost("speaker", error))
        except Exception as exc:
            post(DeviceLost("speaker", Bug("The speaker was stopped", exc)))

    def _write(self) -> None:
        if self._sink:
            self._sink.write(bytes(self._unwritten))
        self._unwritten.clear()

    def rest(self) -> None:
        """Go on: what only writes to a file has nothing to save."""

    def wake(self) -> None:
        """Go on."""

    def close(self) -> None:
        """Stop. Raises `WriteError` if the rest cannot be written."""
        if self._task:
            self._task.cancel()
            self._task = None
            self._write()
