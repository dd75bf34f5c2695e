"""A device test: is this microphone of use, and does it hear the speaker?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from s2s import pcm
from s2s.app.devices import chosen
from s2s.app.echo import by_system, measured_pair
from s2s.app.options import DeviceTestOptions
from s2s.app.outcome import DeviceReport

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from s2s.audio.check.loopback_test import Trial
    from s2s.audio.check.microphone_check import Listening, MicrophoneVerdict
    from s2s.audio.devices.choice import Device
    from s2s.audio.level.meter import Meter


class DeviceTestWatch(Protocol):
    """Is told how a test goes on, and asks the user to take part."""

    def devices(self, microphone: Device, speaker: Device) -> None:
        """These will be tested."""

    def listening(
        self, seconds: float
    ) -> AbstractContextManager[Callable[[Meter, Listening, float], None]]:
        """The user should speak now; give what is called with each chunk, and the ms left."""

    def judged(self, verdict: MicrophoneVerdict) -> None:
        """This is what the microphone is worth."""

    def tones(self, *, again: bool) -> None:
        """The speaker is about to play; `again`: it was too loud to tell."""


def check_devices(options: DeviceTestOptions, report: DeviceReport, watch: DeviceTestWatch) -> None:
    """Listen to the user, play three tones; `report` says what has been found.

    Raises `SoundError` if the microphone gives nothing, or a device cannot be opened.
    """
    from s2s.audio.check.loopback_test import Trial
    from s2s.audio.check.microphone_check import judge
    from s2s.audio.check.why_silent import only_zeros
    from s2s.audio.devices.portaudio import SoundSystem

    with SoundSystem() as system:
        devices = system.devices()
        report.microphone = chosen(devices, "microphone", options.settings)
        report.speaker = chosen(devices, "speaker", options.settings)
        watch.devices(report.microphone, report.speaker)
        report.cancels = by_system(report.microphone)
        microphone = system.microphone(report.microphone)
        speaker = system.speaker(report.speaker)
        with Trial(microphone, speaker) as trial:
            report.heard = _listen(trial, options.seconds, watch)
            report.verdict = judge(report.heard)
            if report.verdict.word == "dead":
                raise only_zeros(report.microphone)
            watch.judged(report.verdict)
            watch.tones(again=False)
            report.echo = trial.echo()
            if report.echo.uncertain:
                watch.tones(again=True)
                report.echo = trial.echo()
            report.pair = measured_pair(
                (microphone.device, microphone.opening), (speaker.device, speaker.opening)
            )


def _listen(trial: Trial, seconds: float, watch: DeviceTestWatch) -> Listening:
    """Take the voice down."""
    from s2s.audio.check.microphone_check import Listening
    from s2s.audio.level.meter import Meter, measure

    heard, meter, left_ms = Listening(), Meter(), seconds * 1000
    with watch.listening(seconds) as show:
        for chunk in trial.listen(left_ms):
            measured, ms = measure(chunk), pcm.duration_ms(len(chunk))
            heard.hear(measured)
            meter.hear(measured, ms)
            left_ms -= ms
            show(meter, heard, left_ms)
    return heard
