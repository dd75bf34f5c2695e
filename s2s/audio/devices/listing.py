"""Which devices there are now, as a process of its own finds them.

PortAudio looks for devices once, when it starts. A child that starts it anew disturbs nobody's
sound, and one that hangs is ended. `main` is the child: it prints the list, and ends with its
standard input, so that it does not outlive us.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from typing import IO, Any

from s2s.audio.devices.choice import Device
from s2s.errors import SoundError
from s2s.programs import ours

log = logging.getLogger("s2s.sound")

_LIMIT_S = 2.0  # usually 0.3 s; with a sound server that hangs it would be minutes
_LONGEST_S = 16.0  # after several that took too long: it may be the machine that is slow
_END_S = 0.5  # for a child that was killed to be gone
_MOST = 1_000_000  # bytes of a list
_TYPES = {"int": int, "str": str, "bool": bool}


class Listing:
    """Starts a child for each look; `close` ends the one that looks.

    One that takes too long is given up: a sound server that has just come back may leave it
    hanging, and the next is answered. That one may take twice as long.
    """

    def __init__(self, command: Sequence[str] = (), limit_s: float = _LIMIT_S) -> None:
        self._command = command or ours(__name__)
        self._first_limit_s = self._limit_s = limit_s
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def devices(self) -> list[Device]:
        """Return the devices that are there now. Raises `SoundError` if they cannot be listed."""
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as noise:
            try:
                status = self._run(told, noise)
            except (OSError, subprocess.TimeoutExpired) as exc:
                log.debug("! a look for devices: %s", exc)
                status = -1
            noise.seek(0)
            for line in noise.read(_MOST).decode("utf-8", "replace").splitlines():
                log.debug("%s", line)
            told.seek(0)
            try:
                listed = json.loads(told.read(_MOST)) if status == 0 else None
                if isinstance(listed, list):
                    return [_device(each) for each in listed]
            except (ValueError, TypeError, KeyError, RecursionError) as exc:
                log.debug("! a list of devices that cannot be read: %s", exc)
        raise SoundError(
            "The sound system does not say which devices there are.", "See: s2s devices"
        )

    def close(self) -> None:
        """End the child that looks, if one does; none is started any more."""
        with self._lock:
            self._closed = True
            child = self._child
        if child:
            child.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_END_S)

    def _run(self, told: IO[bytes], noise: IO[bytes]) -> int:
        """Return the status of a child that was waited for. Raises `TimeoutExpired`, `OSError`."""
        its_end, our_end = os.pipe()
        try:
            with self._lock:
                if self._closed:
                    return -1
                self._child = child = subprocess.Popen(
                    self._command,
                    stdin=its_end,
                    stdout=told,
                    stderr=noise,
                    start_new_session=True,  # Ctrl-C is for us
                )
            try:
                status = child.wait(self._limit_s)
            except subprocess.TimeoutExpired:
                self._limit_s = min(2 * self._limit_s, max(_LONGEST_S, self._first_limit_s))
                raise
            else:
                self._limit_s = self._first_limit_s
                return status
            finally:
                child.kill()  # one that has ended is not there to be killed
                child.wait()
                self._child = None
        finally:
            os.close(its_end)
            os.close(our_end)


def _device(told: dict[str, Any]) -> Device:
    """Read one entry. Raises what a wrong one raises."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Device):
        value = told[field.name]
        if type(value) is not _TYPES[str(field.type)]:
            raise TypeError(f"{field.name} is {type(value).__name__}")
        values[field.name] = value
    return Device(**values)


def main() -> None:
    """Print the devices as one line of JSON, unless standard input closes before."""
    threading.Thread(target=_end_with_input, name="stdin", daemon=True).start()
    from s2s.audio.devices.portaudio import SoundSystem

    with SoundSystem() as system:
        listed = system.devices()
    print(json.dumps([dataclasses.asdict(each) for each in listed]), flush=True)


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)
