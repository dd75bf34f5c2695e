"""A speech program made of the espeak-ng library: text on standard input, WAV on standard output.

    python -I -S espeak.py LIBRARY DATA VOICE

A program of its own so that it can be killed in the middle of a sentence, and because the
library, which speaks one text at a time, is under a licence (GPL-3) we only run, not link.
"""

from __future__ import annotations

import ctypes
import sys

_RETRIEVAL = 1  # AUDIO_OUTPUT_RETRIEVAL: audio goes to the callback, never to a sound card
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report a failure, do not end the process
_UTF8 = 1  # espeakCHARS_UTF8
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main(library: str, data: str, voice: str) -> int:
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_RETRIEVAL, 0, data.encode(), _DONT_EXIT)
    if rate <= 0 or espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        return 1
    sys.stdout.buffer.write(_header(rate))

    def write(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count:
            sys.stdout.buffer.write(ctypes.string_at(samples, count * 2))
            sys.stdout.buffer.flush()
        return 0  # go on

    callback = _CALLBACK(write)  # kept in a variable: the library holds no reference to it
    espeak.espeak_SetSynthCallback(callback)
    text = sys.stdin.buffer.read() + b"\0"
    espeak.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None)
    espeak.espeak_Synchronize()
    return 0


def _header(rate: int) -> bytes:
    """Return the header of a WAV file of unknown length: 16-bit mono."""
    numbers = ((16, 4), (1, 2), (1, 2), (rate, 4), (rate * 2, 4), (2, 2), (16, 2))
    form = b"".join(number.to_bytes(size, "little") for number, size in numbers)
    return b"RIFF\xff\xff\xff\x7fWAVEfmt " + form + b"data\xff\xff\xff\x7f"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
