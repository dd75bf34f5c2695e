"""What a microphone and a speaker cost by themselves: PyAudio callbacks that do nothing.

The yardstick for what `s2s talk` costs while it listens. Prints the share of one core, in percent.
"""

from __future__ import annotations

import time

import pyaudio

SECONDS = 30
silence = bytes(2 * 240)


def give(_: object, __: int, ___: object, ____: int) -> tuple[bytes, int]:
    return silence, pyaudio.paContinue


def take(_: object, __: int, ___: object, ____: int) -> tuple[None, int]:
    return None, pyaudio.paContinue


system = pyaudio.PyAudio()
speaker = system.open(
    24_000, 1, pyaudio.paInt16, output=True, frames_per_buffer=240, stream_callback=give
)
microphone = system.open(
    24_000, 1, pyaudio.paInt16, input=True, frames_per_buffer=480, stream_callback=take
)
time.sleep(2)
used, begun = time.process_time(), time.monotonic()
time.sleep(SECONDS)
print(100 * (time.process_time() - used) / (time.monotonic() - begun))
microphone.close()
speaker.close()
system.terminate()
