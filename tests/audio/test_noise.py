"""Where it goes what C libraries print."""

from __future__ import annotations

import ctypes
import logging
import os
import subprocess
import sys

import pytest

from s2s.audio.devices import c_stderr


def test_what_is_written_meanwhile_is_logged_and_what_comes_later_is_seen(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG, "s2s.sound"), c_stderr.descriptor_logged():
        os.write(2, b"ALSA lib says\nmany things\n")
    os.write(2, b"Error: told by us\n")
    assert [record.message for record in caplog.records] == ["ALSA lib says", "many things"]
    assert capfd.readouterr().err == "Error: told by us\n"


def test_a_flood_does_not_hang(capfd: pytest.CaptureFixture[str]) -> None:
    with c_stderr.descriptor_logged():
        libc = ctypes.CDLL(None)
        for _ in range(2000):
            libc.dprintf(2, b"ALSA lib pcm.c:2664:(snd_pcm_open_noupdate) Unknown PCM front\n")
    assert capfd.readouterr().err == ""


NOISY = """
import ctypes, logging, os, sys, time
from s2s.audio.devices import c_stderr
lines = []
class Keep(logging.Handler):
    def emit(self, record): lines.append(record.getMessage())
log = logging.getLogger("s2s.sound"); log.setLevel(logging.DEBUG); log.addHandler(Keep())
libc = ctypes.CDLL(None)
with c_stderr.logged():
    pass
libc.perror(b"a C library, later")
print("Python", file=sys.stderr)
os.write(2, b"descriptor\\n")
os.system("echo child >&2")
while not lines: time.sleep(0.01)
print(*lines)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="C's stderr is diverted with glibc only")
def test_of_all_that_print_only_c_libraries_are_diverted_and_for_good() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOISY], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.startswith("a C library, later: ")
    assert done.stderr == "Python\ndescriptor\nchild\n"
