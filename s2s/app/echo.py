"""What is done about the speaker's sound in the microphone: chosen before either is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from s2s.app import delays
from s2s.app.options import TalkOptions
from s2s.audio.echo.aec3 import has_canceller
from s2s.audio.echo.platform import cancels_echo
from s2s.audio.events import EchoJudged
from s2s.errors import UsageError

if TYPE_CHECKING:
    from s2s.app.delays import Pair
    from s2s.audio.check.sound_server import ServerRoute
    from s2s.audio.devices.choice import Device
    from s2s.audio.devices.protocols import Post
    from s2s.audio.devices.streams import Stream
    from s2s.audio.events import Opening
    from s2s.audio.live.chain import Canceller

Choice = Literal["auto", "cancel", "platform", "half-duplex", "off", "none"]
NO_WHEEL = "Echoes cannot be cancelled on this system: pywebrtc-audio is not made for it."
WITHOUT = "Wear headphones, or use --half-duplex."


def asked(options: TalkOptions) -> str:
    """Return what is asked for. Raises `UsageError` for two things at once."""
    if not options.half_duplex:
        return options.echo or "auto"
    if options.echo not in (None, "half-duplex"):
        raise UsageError(
            f"--half-duplex and --echo {options.echo} contradict each other.", "Drop one of them."
        )
    return "half-duplex"


class Streams:
    """The streams of the devices that are used, as far as they concern an echo.

    None stands for a file or a program instead of a device.
    """

    def __init__(self, microphone: Stream | None, speaker: Stream | None) -> None:
        self.microphone, self.speaker = microphone, speaker

    def hint_ms(self) -> float | None:
        """Return how late the echo comes, once both are open and if that was measured."""
        if not self.microphone or not self.speaker or not delays.any_known():
            return None
        mine, its = self.microphone, self.speaker
        return delays.hint_ms(measured_pair((mine.device, mine.opening), (its.device, its.opening)))

    def cancelled(self) -> bool:
        """Whether the system takes the echo out of this microphone; it may take its time."""
        return self.microphone is not None and by_system(self.microphone.device)


def choose(options: TalkOptions, streams: Streams, warn: Callable[[str], None]) -> Choice:
    """Return what is done about the echo; "none": there is no way from one to the other.

    Raises `UsageError` where a canceller is asked for that is not there.
    """
    wanted = asked(options)
    if wanted == "half-duplex":
        return "half-duplex"
    if wanted == "off":
        return "off"
    if wanted == "auto" and not (streams.microphone and streams.speaker):
        return "none"
    if has_canceller():
        return "cancel" if wanted == "cancel" else "auto"
    if streams.cancelled():
        return "platform"
    if wanted == "cancel":
        raise UsageError(NO_WHEEL, WITHOUT)
    warn(f"{NO_WHEEL} {WITHOUT}")
    return "off"


def canceller(choice: Choice, post: Post, streams: Streams) -> Canceller | None:
    """Return the link for the chain; where there is none, what is chosen is posted here."""
    if choice == "half-duplex" or choice == "off":  # noqa: PLR1714 - mypy knows it then
        post(EchoJudged(choice))
        return None
    if choice == "none":
        return None
    from s2s.audio.echo.ears import Ears

    return Ears(post, choice, streams.hint_ms, streams.cancelled)


def by_system(microphone: Device) -> bool:
    """Whether the system takes the echo out of what a device hears; to ask it may take its time."""
    return cancels_echo(microphone.name) or _route(microphone).cancels


def measured_pair(
    microphone: tuple[Device, Opening | None], speaker: tuple[Device, Opening | None]
) -> Pair | None:
    """Return what a delay belongs to; None while one of them is not open. It may take its time.

    Devices that stand for a sound server are as many as the server has.
    """
    (mine, heard), (its, played) = microphone, speaker
    route = _route(mine, its)
    return delays.pair_of((_behind(mine, route.source), heard), (_behind(its, route.sink), played))


def _behind(device: Device, name: str) -> Device:
    return replace(device, name=f"{device.name}: {name}") if name and _served(device) else device


def _served(device: Device) -> bool:
    from s2s.audio.check.why_silent import SERVER_DEVICES

    return device.name in SERVER_DEVICES


def _route(*devices: Device) -> ServerRoute:
    from s2s.audio.check.sound_server import ServerRoute, ask_route

    return ask_route(os.environ) if any(map(_served, devices)) else ServerRoute()
