"""The microphone and the speaker of a conversation: which are meant, opened, and opened again."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from s2s.app.devices import chosen, lasting_names
from s2s.app.echo import Streams
from s2s.app.options import TalkOptions
from s2s.config import Sources
from s2s.session.devices import Devices
from s2s.session.thread_inbox import Bridge

if TYPE_CHECKING:
    from s2s.audio.devices.choice import Device
    from s2s.audio.devices.portaudio import SoundSystem
    from s2s.audio.devices.protocols import Side
    from s2s.audio.devices.streams import PortAudioMicrophone, PortAudioSpeaker
    from s2s.session.reopening import Reopening


def sound_system(options: TalkOptions, stack: ExitStack) -> SoundSystem | None:
    mute = options.out or options.text_only or options.speaker
    if (options.recording or options.microphone) and mute:
        return None
    from s2s.audio.devices.portaudio import SoundSystem

    return stack.enter_context(SoundSystem())


def choose_microphone(
    options: TalkOptions, system: SoundSystem | None
) -> PortAudioMicrophone | None:
    """Return what is captured with, unless something stands in for the microphone."""
    if options.recording or options.microphone or system is None:
        return None
    return system.microphone(chosen(system.devices(), "microphone", _sources(options)))


def choose_speaker(options: TalkOptions, system: SoundSystem | None) -> PortAudioSpeaker | None:
    if options.out or options.text_only or options.speaker or system is None:
        return None
    return system.speaker(chosen(system.devices(), "speaker", _sources(options)))


def reopening(
    options: TalkOptions,
    system: SoundSystem | None,
    devices: Devices,
    bridge: Bridge,
    streams: Streams,
) -> Reopening | None:
    """Return what opens again what is lost, for the sides for which nothing stands in.

    A recording waits for nobody: nothing would bring a speaker back that is lost meanwhile.
    """
    if options.recording or options.microphone:
        return None
    opened: dict[Side, Device] = {}
    if streams.microphone:
        opened["microphone"] = streams.microphone.device
    if streams.speaker:
        opened["speaker"] = streams.speaker.device
    if system is None or not opened:
        return None
    from s2s.audio.devices.listing import Listing
    from s2s.session.reopening import Reopening

    sources = _sources(options)

    def start(side: Side, device: Device) -> None:
        assert system
        if side == "microphone":
            streams.microphone = microphone = system.microphone(device)
            devices.open_microphone(microphone)
        else:
            streams.speaker = speaker = system.speaker(device)
            devices.open_speaker(speaker)

    return Reopening(
        system,
        Listing(),
        devices,
        lambda listed, side: chosen(listed, side, sources),
        start,
        bridge,
        opened=opened,
        named=lasting_names(sources, opened),
    )


def _sources(options: TalkOptions) -> Sources:
    """Return what names the devices; settings that are complete name none."""
    if options.devices:
        return options.devices
    return options.settings if isinstance(options.settings, Sources) else Sources()
