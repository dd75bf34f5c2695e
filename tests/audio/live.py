"""`live.py capture SECONDS`, `live.py play WAV`: the default devices, from another process."""

from __future__ import annotations

import logging
import queue
import sys
from pathlib import Path

from fakes import read_wav
from virtual_audio import PATIENCE_S, Inbox

from s2s import pcm
from s2s.audio.devices.choice import choose
from s2s.audio.devices.portaudio import SoundSystem
from s2s.audio.devices.protocols import CHUNK_MS
from s2s.audio.events import AudioCaptured, AudioPlayed, DeviceLost, PartPlayed
from s2s.audio.live.capturing import AsWanted
from s2s.audio.live.chain import Chain
from s2s.conversation.events import Event, Part
from s2s.errors import S2SError

PART = Part("response", "item", 0, 0)


def capture(seconds: float) -> None:
    """Write PCM to standard output as it comes, until it is enough or the device is lost."""
    happened: queue.SimpleQueue[Event] = queue.SimpleQueue()
    as_wanted = AsWanted()
    with SoundSystem() as system:
        microphone = system.microphone(choose(system.devices(), None, "microphone"))
        microphone.start(happened.put)
        for _ in range(round(seconds * 1000 / CHUNK_MS)):
            event = happened.get(timeout=PATIENCE_S)
            if isinstance(event, DeviceLost):
                raise event.error
            assert isinstance(event, AudioCaptured)
            for chunk in as_wanted.convert(event):
                assert len(chunk.pcm) == pcm.size_of(CHUNK_MS)
                sys.stdout.buffer.write(chunk.pcm)
            sys.stdout.buffer.flush()


def play(wav: Path) -> None:
    inbox = Inbox()
    with SoundSystem() as system:
        speaker, chain = (
            system.speaker(choose(system.devices(), None, "speaker")),
            Chain(inbox.post),
        )
        speaker.start(chain, inbox.post)
        chain.play(PART, read_wav(wav))
        chain.end(PART)
        inbox.wait_for(PartPlayed)
        reports = len(inbox.all(AudioPlayed))
        inbox.wait_for(AudioPlayed, lambda played: len(played) > reports + 3)  # it has sounded
        speaker.close()


if __name__ == "__main__":
    logging.getLogger("s2s").addHandler(logging.NullHandler())
    what, argument = sys.argv[1:]
    try:
        capture(float(argument)) if what == "capture" else play(Path(argument))
    except S2SError as error:
        sys.exit(error.message)
