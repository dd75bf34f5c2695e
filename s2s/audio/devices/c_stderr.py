"""What ALSA, JACK, PulseAudio and PortAudio print goes to the debug log, never on the screen.

They print through C's `stderr`, at any moment and from any thread: at start, at an underrun, when
a device is lost. On glibc that is a variable, and it is pointed at a pipe whose lines are logged.
File descriptor 2 stays what it was, so tracebacks, faulthandler, progress bars, prompts and child
processes print where they always did. Elsewhere descriptor 2 itself is diverted, but only while
PortAudio starts, opens and ends: those are the moments in which it prints there.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import sys
import threading
from collections.abc import Iterator

log = logging.getLogger("s2s.sound")

_LINE_BUFFERED = 1  # _IOLBF
_diverted = False


@contextlib.contextmanager
def logged() -> Iterator[None]:
    """Log what C libraries print in this block; with glibc, from now on."""
    if sys.platform == "win32":  # where these libraries print nothing
        yield
    elif _is_glibc():
        _divert_c_stderr()
        yield
    else:
        with descriptor_logged():
            yield


@contextlib.contextmanager
def descriptor_logged() -> Iterator[None]:
    """Log whatever is written to descriptor 2 in this block, by whomever."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error to protect
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)  # nobody reads meanwhile: a full pipe loses the rest
    try:
        os.dup2(writing, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(writing)
        _log_lines(reading)


def _is_glibc() -> bool:
    """Whether `stderr` may be assigned: musl has it in memory that cannot be written."""
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, ValueError, OSError):
        return False


def _divert_c_stderr() -> None:
    """Point C's `stderr` at a pipe for the life of the process: nothing races at its end."""
    global _diverted  # noqa: PLW0603 - it is the process that has one stderr
    if _diverted:
        return
    _diverted = True
    libc = ctypes.CDLL(None)
    libc.fdopen.restype = ctypes.c_void_p
    reading, writing = os.pipe()
    os.set_blocking(writing, False)  # a sound thread must not wait for our log
    stream = ctypes.c_void_p(libc.fdopen(writing, b"w"))
    libc.setvbuf(stream, None, _LINE_BUFFERED, ctypes.c_size_t(0))
    ctypes.c_void_p.in_dll(libc, "stderr").value = stream.value
    threading.Thread(target=_log_lines, args=(reading,), name="noise", daemon=True).start()


def _log_lines(reading: int) -> None:
    with open(reading, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.strip():
                log.debug("%s", line.rstrip())
