"""Devices that are plugged in while others run, on a sound card in software."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from alignment import noise, places
from virtual_audio import PATIENCE_S, Inbox, SoundCard

from s2s import pcm
from s2s.audio.devices.choice import Device, choose
from s2s.audio.devices.listing import Listing
from s2s.audio.devices.portaudio import SoundSystem
from s2s.audio.devices.protocols import Side
from s2s.audio.events import (
    AudioCaptured,
    AudioPlayed,
    DeviceBack,
    DeviceLost,
    DevicePaused,
    DeviceStillGone,
    PartPlayed,
)
from s2s.session.devices import Devices
from s2s.session.reopening import Reopening


class Session:
    """Both devices of a session, and what opens others."""

    def __init__(self, system: SoundSystem) -> None:
        self.inbox = Inbox()
        self.devices = Devices(self.inbox.post)
        self._system = system
        for side in ("microphone", "speaker"):
            self._start(side, self._chosen(system.devices(), side))
        self.reopening = Reopening(
            system, Listing(limit_s=PATIENCE_S), self.devices, self._chosen, self._start,
            self.inbox.post, opened={}, named={},
        )  # fmt: skip
        self.inbox.wait_for(AudioCaptured)
        self.inbox.wait_for(AudioPlayed)

    def _chosen(self, devices: Sequence[Device], side: Side) -> Device:
        return choose(devices, None, side)

    def _start(self, side: Side, device: Device) -> None:
        if side == "microphone":
            self.devices.open_microphone(self._system.microphone(device))
        else:
            self.devices.open_speaker(self._system.speaker(device))

    def close(self) -> None:
        self.reopening.close()
        self.devices.close_microphone()
        self.devices.close_speaker()


def test_a_device_that_portaudio_does_not_know_costs_the_other_side_a_moment_and_no_sound(
    sound_card: SoundCard,
) -> None:
    said = noise(3000)
    with SoundSystem() as system:
        session = Session(system)
        session.devices.chain.play("reply", said)
        session.devices.chain.end("reply")
        with sound_card.plugged("headset") as headset:
            session.reopening.reopen("microphone", "headset")
            (back,) = session.inbox.wait_for(DeviceBack)
            assert (back.side, back.name) == ("microphone", "headset")
            (paused,) = session.inbox.wait_for(DevicePaused)
            assert paused.side == "speaker"
            headset.unplug()
            (lost,) = session.inbox.wait_for(DeviceLost)
            assert lost.side == "microphone"
            session.reopening.reopen("microphone")
            session.inbox.wait_for(DeviceStillGone)
            headset.plug()
            session.reopening.reopen("microphone")
            session.inbox.wait_for(DeviceBack, lambda told: len(told) == 2)
        session.inbox.wait_for(PartPlayed)
        reports = len(session.inbox.all(AudioPlayed)) + 3
        session.inbox.wait_for(AudioPlayed, lambda told: len(told) > reports)
        session.close()
    (played,) = session.inbox.all(PartPlayed)
    assert played.ms == 3000, "the queue and the playhead stay"
    assert not [each for each in session.inbox.all(DeviceLost) if each.side == "speaker"]
    found = places(said, session.inbox.played)
    whole = [at for at, alike in found if alike > 0.99]
    assert whole == sorted(whole)
    torn = len(found) - len(whole)
    assert torn <= len(session.inbox.all(DevicePaused)), "silence lies in it, and no more"


def test_a_microphone_that_stands_still_meanwhile_gives_as_much_silence(
    sound_card: SoundCard,
) -> None:
    with SoundSystem() as system:
        session = Session(system)
        with sound_card.plugged("headset"):
            session.reopening.reopen("speaker", "headset")
            session.inbox.wait_for(DeviceBack)
            (paused,) = session.inbox.wait_for(DevicePaused)
            assert paused.side == "microphone"
            count = len(session.inbox.all(AudioCaptured)) + 10
            chunks = session.inbox.wait_for(AudioCaptured, lambda told: len(told) >= count)
            session.close()
    filled = [chunk.pcm for chunk in chunks if chunk.overrun]
    assert filled == ([pcm.silence(paused.ms)] if paused.ms else [])
    for before, chunk in itertools.pairwise(chunks):
        if chunk.overrun:
            assert (chunk.at or 0) >= (before.at or 0) + len(before.pcm), "it lies behind the rest"
