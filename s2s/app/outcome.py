"""What a piece of work came to, or what had come when it failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from s2s import pcm
from s2s.audio.echo.aec3 import has_canceller
from s2s.audio.files.encode import ENCODINGS, encode
from s2s.audio.files.wav_writer import WavWriter
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation import usage
from s2s.conversation.bill import ShowCost

if TYPE_CHECKING:
    import os

    import numpy as np
    import numpy.typing as npt

    from s2s.app.delays import Pair
    from s2s.audio.check.echo_measurement import MeasuredEcho
    from s2s.audio.check.microphone_check import Listening, MicrophoneVerdict
    from s2s.audio.devices.choice import Device
    from s2s.audio.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Usage:
    """What the model's responses have used, in tokens; 0 where the endpoint says nothing."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0

    def plus(self, used: usage.Usage) -> Usage:
        """Return the sum with what one response has used."""
        given, made = used.input.total, used.output.total
        return Usage(
            self.input_tokens + given,
            self.output_tokens + made,
            self.total_tokens + given + made,
        )


@dataclass
class Reply:
    """The model's reply: what it said and wrote, and what it had been asked."""

    user_text: str = ""
    """What the endpoint understood of the question, as text; "" where it did not say."""
    text: str = ""
    """The words of the reply."""
    audio: bytes = field(default=b"", repr=False)
    """The reply as PCM: 24 kHz, mono, signed 16-bit little-endian. Empty if it went to a file."""
    usage: Usage = field(default_factory=Usage)
    """The tokens it has cost."""
    cost: Decimal | None = Decimal(0)
    """The US dollars it has cost; None: something of it has no price (docs/cost.md)."""
    model: str = ""
    """The model that answered."""
    warnings: tuple[str, ...] = ()
    """What went wrong without harm, each as a sentence."""
    path: Path | None = None
    """The file that holds the audio, if it went to one."""

    @property
    def rate(self) -> int:
        """Samples per second of `audio`."""
        return pcm.RATE

    @property
    def seconds(self) -> float:
        """How long `audio` lasts."""
        return pcm.seconds(len(self.audio))

    @property
    def samples(self) -> npt.NDArray[np.int16]:
        """The audio as an array of numpy's, one number a sample."""
        import numpy as np

        return np.frombuffer(self.audio, "<i2").astype(np.int16)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the audio to a .wav, .flac or .ogg file; return its path.

        Raises `ValueError` for another ending or if there is no audio, `UsageError` if the file
        exists or cannot be created, `WriteError` if it cannot be written to its end.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending not in (".wav", *ENCODINGS):
            endings = ", ".join((".wav", *ENCODINGS))
            raise ValueError(f"{target} does not end with one of {endings}")
        if not self.audio:
            raise ValueError("there is no audio to save")
        writer = WavWriter(target, force=overwrite, encode=encode if ending in ENCODINGS else None)
        try:
            writer.write(self.audio)
            writer.complete()
        except BaseException:
            writer.abandon()
            raise
        return writer.path


class Listener:
    """Watches an exchange and writes down the reply."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.cost = ShowCost(Decimal(0))

    def again(self) -> None:
        """Another try begins: of the last one what it has used is kept, and what went wrong."""
        old = self.reply
        self.reply = Reply(model=old.model, usage=old.usage, cost=old.cost, warnings=old.warnings)

    def observe(self, at: float, happening: on.Event | do.Command) -> None:
        """Take note of what concerns the reply."""
        reply = self.reply
        if isinstance(happening, on.SessionStarted):
            reply.model = happening.model or reply.model
        elif isinstance(happening, do.ShowText):
            if happening.role == "user":
                reply.user_text = happening.text
            else:
                reply.text += happening.text
        elif isinstance(happening, do.RestartReply):
            reply.text = ""
        elif isinstance(happening, on.ResponseEnded):
            if happening.usage:
                reply.usage = reply.usage.plus(happening.usage)
        elif isinstance(happening, do.ShowCost):
            self.cost, reply.cost = happening, happening.cost
        elif isinstance(happening, do.Warn):
            self.warn(happening.message)

    def warn(self, message: str) -> None:
        """Note a warning."""
        self.reply.warnings += (message,)


class Memory:
    """Takes the PCM of a reply, and keeps it."""

    def __init__(self) -> None:
        self.pcm = bytearray()

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def restart(self) -> None:
        """Forget a reply that another one takes the place of."""
        self.pcm.clear()

    def complete(self) -> None:
        """Nothing is to be done: it is all here."""

    def abandon(self) -> None:
        """Keep what came, for who asks."""


@dataclass
class Recorded:
    """What a recording from the microphone came to, as far as it has come."""

    recorder: Recorder
    """What was heard and kept."""
    device: Device | None = None
    """The microphone."""
    kept: Path | None = None
    """The file that holds what was recorded."""
    complete: bool = False
    """And it has the name that was asked for."""
    ended_by: str | None = None
    """What ended it: seconds, silence, max-minutes, key, interrupt, signal, device-lost."""
    warnings: list[str] = field(default_factory=list)
    """What went wrong without harm, each as a sentence."""


@dataclass
class DeviceReport:
    """What a device test has found, as far as it has come."""

    microphone: Device | None = None
    """The microphone."""
    speaker: Device | None = None
    """The speaker."""
    heard: Listening | None = None
    """What the microphone gave while the user spoke."""
    verdict: MicrophoneVerdict | None = None
    """What that is worth."""
    echo: MeasuredEcho | None = None
    """How much of the speaker the microphone hears."""
    cancels: bool = False
    """The system takes the echo out of this microphone by itself."""
    pair: Pair | None = None
    """What the delay of the echo belongs to."""

    @property
    def auto(self) -> str | None:
        """What a conversation would do about the echo: platform, headphones, cancel or off."""
        if self.echo is None or self.echo.uncertain:
            return None
        if self.cancels:
            return "platform"
        if self.echo.harmless:
            return "headphones"
        return "cancel" if has_canceller() else "off"

    @property
    def delay_ms(self) -> float | None:
        """How late the echo comes that a conversation would cancel; None: there is none."""
        if self.echo is None or self.pair is None or self.auto != "cancel":
            return None
        return self.echo.delay_ms
