"""The sound system of this machine, through PyAudio, whose traps are all met in here.

- Callbacks only, a stream for each side, all calls from one thread, `close()` and never
  `stop_stream()`, which can block for 40 s.
- An input device of an index that does not exist crashes the process: every index is checked.
- A call into a sound server that hangs is given up.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from s2s import pcm
from s2s.audio.devices import c_stderr
from s2s.audio.devices.choice import Device, is_loopback, ways_to_open
from s2s.audio.devices.names import readable
from s2s.audio.devices.portaudio_failures import (
    UNAVAILABLE,
    check_alsa,
    import_pyaudio,
    open_failure,
)
from s2s.audio.devices.portaudio_thread import PortAudioThread
from s2s.audio.devices.protocols import PCM, Opening, Post, Side
from s2s.audio.devices.streams import Opened, PortAudioMicrophone, PortAudioSpeaker, Stream
from s2s.audio.events import DeviceLost
from s2s.errors import Bug, SoundError

if TYPE_CHECKING:
    import pyaudio

log = logging.getLogger("s2s.sound")

T = TypeVar("T")

_START_S = 10.0  # for PortAudio to start or a device to open; Bluetooth takes a few seconds
_CLOSE_S = 0.5  # usually 2 ms; with a sound server that hangs it would be 30 s
_SWITCH_S = 0.001  # Python's lock changes hands this often: busy threads cause no underruns then


class SoundSystem:
    """Lists devices and opens them, from `with` to its end; streams are closed with it."""

    def __init__(self) -> None:
        check_alsa()
        self._pyaudio: ModuleType = import_pyaudio()
        self._pa: pyaudio.PyAudio | None = None
        self._over = False
        self._streams: dict[Stream, tuple[Opening, Post]] = {}  # what is open, and for whom
        self._thread = PortAudioThread(self._look)

    def __enter__(self) -> SoundSystem:
        """Start PortAudio. Raises `SoundError` if the sound server hangs."""
        os.environ.pop("PULSE_LATENCY_MSEC", None)  # a small value makes playout stall or hang
        sys.setswitchinterval(_SWITCH_S)
        try:
            self._pa = self._call(self._pyaudio.PyAudio)
        except BaseException:
            self._thread.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open and end PortAudio; a device that hangs is left behind."""
        self._over = True
        for stream in list(self._streams):
            stream.close()
        pa, self._pa = self._pa, None
        if pa and not self._thread.stuck:
            with contextlib.suppress(TimeoutError), c_stderr.logged():
                self._thread.call(pa.terminate, _CLOSE_S)
        self._thread.end()

    @property
    def stuck(self) -> bool:
        """Whether a call hangs: nothing can be asked until it comes back."""
        return self._thread.stuck

    def devices(self) -> list[Device]:
        """Return the devices as they were when PortAudio started; it does not look again."""

        def listed() -> list[Device]:
            self._be_started()
            return list(self._listed())

        return self._call(listed)

    def restart(self) -> None:
        """Start PortAudio again: it looks for devices only then. What runs stands still meanwhile.

        What does not open again is told with `DeviceLost`. Raises `SoundError`.
        """
        self._answered(self._start_again)  # not diverted: the screen is being written to

    def _start_again(self) -> None:
        running = {stream: how for stream, how in self._streams.items() if stream.runs}
        for stream in list(self._streams):
            stream.pause()
            self._close(stream)
        pa, self._pa = self._pa, None
        if pa:
            pa.terminate()
        for stream, (wanted, post) in running.items():
            try:
                self._be_started()
                self._open_first(stream, wanted, post)
            except SoundError as error:
                post(DeviceLost(stream.side, error))
            except OSError as exc:
                reason = (
                    f"The {stream.side} is lost: the sound system does not start again ({exc})."
                )
                post(DeviceLost(stream.side, SoundError(reason, "See: s2s devices")))
        self._be_started()

    def _be_started(self) -> None:
        """Start PortAudio, should that have failed before."""
        if self._pa is None and not self._over:
            self._pa = self._pyaudio.PyAudio()

    def opening(self, device: Device, side: Side, wanted: Opening = PCM) -> Opening | None:
        """Return how the device would be opened, None if in no way. Raises `SoundError` if busy."""

        def first_supported() -> Opening | None:
            ways = ways_to_open(device, side, wanted)
            return next((way for way in ways if self._supports(device, side, way)), None)

        return self._call(first_supported)

    def microphone(
        self, device: Device, *, rate: int = pcm.RATE, channels: int = 1
    ) -> PortAudioMicrophone:
        """Return a microphone that posts 20 ms of 16-bit samples at a time, interleaved."""
        return PortAudioMicrophone(self, device, Opening(rate, channels))

    def speaker(self, device: Device) -> PortAudioSpeaker:
        """Return a speaker."""
        return PortAudioSpeaker(self, device)

    def open_stream(self, stream: Stream, wanted: Opening, post: Post) -> None:
        """Open a device as `wanted` or as near as it can. Raises `SoundError`."""
        self._call(lambda: self._open_first(stream, wanted, post))

    def reopen_stream(self, stream: Stream, wanted: Opening, post: Post) -> None:
        """Open a device again, soon; if that fails and is still wanted, post `DeviceLost`."""

        def reopen() -> None:
            try:
                # What is printed meanwhile is not diverted: the screen is being written to.
                self._answered(lambda: self._open_first(stream, wanted, post))
            except SoundError as error:
                if stream.wanted:
                    post(DeviceLost(stream.side, error))
            except Exception as exc:
                post(DeviceLost(stream.side, Bug(f"The {stream.side} was not opened again", exc)))

        # A thread of its own waits, so that nobody else does; the order is that of the calls.
        threading.Thread(target=reopen, name="reopen", daemon=True).start()

    def _open_first(self, stream: Stream, wanted: Opening, post: Post) -> None:
        """Open a stream that is still wanted; on PortAudio's thread."""
        if not self._pa or not stream.wanted or stream in self._streams:
            return
        device = self._found_again(stream.device, stream.side)
        failures: list[Exception] = []
        for opening in ways_to_open(device, stream.side, wanted):
            try:
                stream.attach(self._open(stream, device, opening), post)
            except (OSError, ValueError) as exc:
                log.debug("= %s does not open with %s: %s", device.name, opening, exc)
                failures.append(exc)
            else:
                log.info("= %s: %s, %s", stream.side, device.name, opening)
                self._streams[stream] = (wanted, post)
                return
        raise open_failure(device, stream.side, failures)

    def close_stream(self, stream: Stream, *, wait: bool = True) -> None:
        """Close a stream that may be open; without `wait`, soon."""

        if not wait:
            self._thread.give(lambda: self._close(stream))
        elif not self._thread.stuck:
            with contextlib.suppress(TimeoutError), c_stderr.logged():
                self._thread.call(lambda: self._close(stream), _CLOSE_S)

    def _close(self, stream: Stream) -> None:
        self._streams.pop(stream, None)
        if opened := stream.detach():
            with contextlib.suppress(OSError):  # it ended by itself, and PyAudio closed it
                opened.close()

    def _open(self, stream: Stream, device: Device, opening: Opening) -> Opened:
        assert self._pa
        mine = "input" if stream.side == "microphone" else "output"
        which: dict[str, Any] = {mine: True, f"{mine}_device_index": device.index}
        return self._pa.open(
            rate=opening.rate,
            channels=opening.channels,
            format=self._pyaudio.paInt16,
            frames_per_buffer=stream.frames_per_buffer(opening),
            stream_callback=stream.callback(opening),
            **which,
        )

    def _look(self) -> None:
        for stream in list(self._streams):
            stream.look()

    def _call(self, work: Callable[[], T]) -> T:
        with c_stderr.logged():
            return self._answered(work)

    def _answered(self, work: Callable[[], T]) -> T:
        try:
            return self._thread.call(work, _START_S)
        except TimeoutError as exc:
            raise SoundError(
                "The sound system does not answer.",
                "Restart the sound server, or unplug the device that hangs; then see: s2s devices",
            ) from exc
        except OSError as exc:  # a configuration of ALSA's that cannot be read, say
            raise SoundError(
                f"The sound system does not work: {exc.strerror or exc}.",
                "What it complains of is in the log: add -vv",
            ) from exc

    def _listed(self) -> Iterator[Device]:
        assert self._pa
        defaults = [
            _index_of(default)
            for default in (
                self._pa.get_default_input_device_info,
                self._pa.get_default_output_device_info,
            )
        ]
        for index in range(self._pa.get_device_count()):
            info: dict[str, Any] = dict(self._pa.get_device_info_by_index(index))
            host_api = self._pa.get_host_api_info_by_index(info["hostApi"])
            name = readable(info["name"])
            yield Device(
                index,
                name,
                readable(str(host_api["name"])),
                info["maxInputChannels"],
                info["maxOutputChannels"],
                round(info["defaultSampleRate"]),
                default_input=index == defaults[0],
                default_output=index == defaults[1],
                loopback=is_loopback(name),
            )

    def _found_again(self, device: Device, side: Side) -> Device:
        """Return the device as it is listed now: its index may be of an earlier list."""
        listed = [each for each in self._listed() if each.channels(side)]
        name = (device.name, device.host_api)
        same = [each for each in listed if (each.name, each.host_api) == name]
        same.sort(key=lambda each: each.index != device.index)
        if not same:
            raise SoundError(
                f"The {side} {device.name} is not there any more.",
                "Plug it in again, or choose another: s2s devices",
            )
        return same[0]

    def _supports(self, device: Device, side: Side, opening: Opening) -> bool:
        assert self._pa
        mine = "input" if side == "microphone" else "output"
        asked = {
            f"{mine}_device": device.index,
            f"{mine}_channels": opening.channels,
            f"{mine}_format": self._pyaudio.paInt16,
        }
        try:
            return bool(self._pa.is_format_supported(opening.rate, **asked))
        except ValueError as exc:  # its way of saying no
            if UNAVAILABLE in exc.args:
                raise open_failure(device, side, [OSError(UNAVAILABLE, "")]) from exc
            return False


def _index_of(default: Callable[[], Any]) -> int | None:
    try:
        return int(default()["index"])
    except OSError:  # there is none
        return None
