"""What programs call, and wait for: `s2s.send`, `s2s.record`, `s2s.devices`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s2s.app.options import RecordOptions, SendOptions
from s2s.app.outcome import Recorded, Reply
from s2s.app.own_thread import OwnThread
from s2s.app.run import Run
from s2s.arguments import Given, in_words_of_python, number_of, settings_of, sound_of, text_of
from s2s.config import Settings, Sources

if TYPE_CHECKING:
    from s2s.arguments import Sound
    from s2s.audio.devices.choice import Device
    from s2s.audio.recorder import Recorder
    from s2s.session.recorder import Inbox


def send(
    recording: Sound | None = None,
    *,
    text: str | None = None,
    api_key: str | None = None,
    url: str | None = None,
    model: str | None = None,
    voice: str | None = None,
    instructions: str | None = None,
    text_only: bool = False,
    transcribe: str | None = None,
    language: str | None = None,
    timeout: float | None = None,
    offline: bool = False,
    allow_plain_ws: bool = False,
    settings: Settings | None = None,
) -> Reply:
    """Send a recording, or a text, to the model, and return its reply.

    `recording` is a path, the bytes of a file, a binary file, or (samples, rate). The other
    arguments are those of `s2s send-wav`; `timeout` is in seconds. docs/python.md tells of each.

    Raises `S2SError`, whose `reply` is what had come; `TypeError` and `ValueError` for arguments
    that are wrong.
    """
    given = Given(
        api_key=api_key,
        url=url,
        model=model,
        voice=voice,
        instructions=instructions,
        transcribe=transcribe,
        language=language,
        timeout=timeout,
        offline=offline,
        allow_plain_ws=allow_plain_ws,
        settings=settings,
    )
    work = sending(recording, text, given, text_only=text_only)
    with in_words_of_python():
        return OwnThread(work).wait()


def sending(
    recording: Sound | None, text: str | None, given: Given, *, text_only: bool
) -> Callable[[Run], Reply]:
    """Return the work that sends what was handed in."""
    if (recording is None) == (text is None):
        raise TypeError("give a recording, or text=, and not both")
    said = text_of("text", text)
    source, raw = (None, None) if recording is None else sound_of(recording)
    options = SendOptions(
        settings=settings_of(given),
        recording=source,
        text=said or "",
        raw=raw,
        offline=given.offline,
        allow_plain=given.allow_plain_ws,
        text_only=text_only,
    )

    def work(run: Run) -> Reply:
        from s2s.app.send import Watch
        from s2s.app.send import send as send_it

        return send_it(options, Watch(), run)

    return work


def devices() -> list[Device]:
    """Return the microphones and speakers of this machine. Raises `SoundError`."""
    from s2s.audio.devices.portaudio import SoundSystem

    with in_words_of_python(), SoundSystem() as system:
        return system.devices()


@dataclass(frozen=True)
class RecordedFile:
    """A recording from the microphone, and what became of it."""

    path: Path
    """The file."""
    seconds: float
    """How long it is."""
    peak: float
    """The loudest sample, 0.0 to 1.0."""
    overruns: int
    """How often samples were lost."""
    microphone: str
    """The name of the device."""
    warnings: tuple[str, ...] = ()
    """What went wrong without harm, each as a sentence."""


def record(
    path: str | os.PathLike[str],
    *,
    seconds: float | None = None,
    until_silence: float | None = None,
    wait_for_sound: bool = False,
    max_seconds: float | None = None,
    microphone: str | None = None,
    rate: int = 24_000,
    channels: int = 1,
    overwrite: bool = False,
) -> RecordedFile:
    """Record the microphone into a .wav, .flac or .ogg file.

    It ends after `seconds`; or when there was no sound for `until_silence` seconds, after a
    sound; or after `max_seconds` whatever happens. One of the three must be given. `rate` is in
    Hz. An interrupt leaves what was recorded in the file.

    Raises `SoundError`, `UsageError` if the file exists or cannot be created, `WriteError`.
    """
    from s2s.app.record import record as record_it
    from s2s.audio.recorder import Recorder, RecorderConfig

    longest = number_of("max_seconds", max_seconds, 0.05, 1e7)
    config = RecorderConfig(
        rate=int(number_of("rate", rate, 1_000, 384_000) or 0),
        channels=int(number_of("channels", channels, 1, 32) or 0),
        seconds=number_of("seconds", seconds, 0.001, 1e7),
        until_silence=number_of("until_silence", until_silence, 0.1, 1e7),
        wait_for_sound=wait_for_sound,
        max_minutes=longest and longest / 60,
    )
    if seconds is None and until_silence is None and max_seconds is None:
        raise TypeError("give seconds=, until_silence= or max_seconds=: it would not end")
    flags = {"S2S_MIC": text_of("microphone", microphone)}
    sources = Sources(flags, {"S2S_MIC": "microphone"})
    options = RecordOptions(sources, _file(path), config, force=overwrite)
    recorded = Recorded(Recorder(config))
    with in_words_of_python():
        record_it(options, recorded, _Unwatched())
    recorder, device = recorded.recorder, recorded.device
    return RecordedFile(
        recorded.kept or Path(options.output),
        recorder.seconds,
        recorder.peak,
        recorder.overruns,
        device.name if device else "",
        tuple(recorded.warnings),
    )


def _file(path: str | os.PathLike[str]) -> str:
    from s2s.audio.files.encode import ENCODINGS

    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a path, not {type(path).__name__}")
    name = os.fsdecode(path)
    endings = (".wav", *ENCODINGS)
    if Path(name).suffix.lower() not in endings:
        raise ValueError(f"{name!r} does not end with one of {', '.join(endings)}")
    return name


class _Unwatched:
    """Nobody watches: the warnings are in the outcome, signals are the program's own."""

    def warn(self, message: str) -> None:
        """Leave it to the outcome."""

    @contextlib.contextmanager
    def signals(self, inbox: Inbox) -> Iterator[None]:
        yield

    @contextlib.contextmanager
    def recording(self, device: Device, inbox: Inbox) -> Iterator[Callable[[Recorder], None]]:
        yield lambda _: None
