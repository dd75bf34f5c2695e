"""What PyAudio needs by itself: a callback that plays a tone from the line on standard input on.

The yardstick for `s2s talk`: same block size, nothing but the callback.
"""

from __future__ import annotations

import sys

import pyaudio
from signal_in import tone

FRAMES = 240
sound = memoryview(b"")


def wanted(_: object, frames: int, __: object, ___: int) -> tuple[bytes, int]:
    global sound
    block, sound = bytes(sound[: 2 * frames]), sound[2 * frames :]
    return block.ljust(2 * frames, b"\0"), pyaudio.paContinue


player = pyaudio.PyAudio()
stream = player.open(
    rate=24_000,
    channels=1,
    format=pyaudio.paInt16,
    output=True,
    frames_per_buffer=FRAMES,
    stream_callback=wanted,
)
half_a_second = tone(500)
print("ready", flush=True)
for _ in sys.stdin:
    sound = memoryview(half_a_second)
stream.close()
player.terminate()
