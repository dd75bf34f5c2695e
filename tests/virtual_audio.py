"""A sound card in software for one test, and what one says into it and hears from it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from s2s import pcm
from s2s.audio.events import AudioCaptured, AudioPlayed
from s2s.conversation.events import Event

SCRIPT = Path(__file__).parent.parent / "scripts" / "virtual-audio.sh"
NEEDED = ("pulseaudio", "pactl", "paplay", "parec")
PATIENCE_S = 20.0  # for what should come at once; a busy machine is no failure
# Even where nothing is late PulseAudio loses or inserts a few ms now and then, without any
# program's knowledge (1 in 10 with a compiler beside it): what is right comes right within a few.
ATTEMPTS, MOST_ATTEMPTS = 4, 12
LATE_MS = 5.0  # half a block: whoever wakes that late cannot keep a sound card supplied

E = TypeVar("E")


class SoundCard:
    """`scripts/virtual-audio.sh` in a folder of its own; `settings` are the script's."""

    def __init__(self, **settings: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="s2s-card-", dir="/tmp"))  # a short path
        self._settings = {**os.environ, "VA_DIR": str(self._folder), **settings}
        self.configuration = self._folder / "asound.conf"
        self.environment: Mapping[str, str] = {}  # for programs that are to use the card

    def start(self) -> None:
        told = self._run("start")
        self.environment = dict(re.findall(r"^export (\w+)='(.*)'$", told, re.MULTILINE))

    def stop(self) -> None:
        self._run("stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def signal_server(self, number: signal.Signals) -> None:
        os.kill(int((self._folder / "pid").read_text()), number)

    def restart(self) -> None:
        """Start the sound server again, which was killed before."""
        self._run("start")

    @contextlib.contextmanager
    def plugged(self, name: str) -> Iterator[Plugged]:
        """Another device, on both sides, which can be pulled out."""
        device = Plugged(self, name)
        device.plug()
        try:
            yield device
        finally:
            device.unplug()
            device.card.stop()

    def say(self, wav: Path) -> None:
        """Play a file into the microphone, to its end."""
        command = ["paplay", "-d", "s2s_mic_in", str(wav)]
        subprocess.run(command, env=self._tools(), check=True, timeout=60)

    def listen(self) -> Listener:
        """Hear what the speaker plays from now on, as PCM."""
        command = ["parec", "-d", "s2s_speaker.monitor", "--format=s16le", "--latency-msec=20"]
        command += [f"--rate={pcm.RATE}", "--channels=1", "--raw"]
        return Listener(subprocess.Popen(command, env=self._tools(), stdout=subprocess.PIPE))

    @property
    def playing(self) -> int:
        """How many streams play on the card."""
        command = ["pactl", "list", "short", "sink-inputs"]
        listed = subprocess.run(
            command, env=self._tools(), capture_output=True, text=True, check=True, timeout=60
        ).stdout.splitlines()
        return len(listed)

    def wait_until_silent(self) -> None:
        """Return when no stream plays any more."""
        deadline = time.monotonic() + PATIENCE_S
        while self.playing:
            assert time.monotonic() < deadline, "somebody still plays"
            time.sleep(0.05)

    def _tools(self) -> dict[str, str]:
        environment = {**os.environ, **self.environment}
        environment.pop("LD_PRELOAD", None)  # the restriction is for the programs under test
        return environment

    def _run(self, what: str) -> str:
        environment = {k: v for k, v in self._settings.items() if k != "LD_PRELOAD"}
        done = subprocess.run(
            ["bash", str(SCRIPT), what],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


class Plugged:
    """A device beside those of a card: a sound server of its own, and an entry of ALSA's."""

    def __init__(self, beside: SoundCard, name: str) -> None:
        self.card = SoundCard()
        self._name, self._configuration = name, beside.configuration
        self._without = beside.configuration.read_text()
        self._changes = 0

    def plug(self, name: str = "") -> None:
        """Plug it in, under another name if there is one."""
        self._name = name or self._name
        self.card.start()
        server = self.card.environment["PULSE_SERVER"]
        hint = f'hint {{ show on description "{self._name}" }}'
        entry = f'pcm.{self._name} {{ type pulse server "{server}" {hint} }}\n'
        self._configure(self._without + entry)

    def unplug(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # it is pulled out already
            self.card.signal_server(signal.SIGKILL)
        self._configure(self._without)

    def _configure(self, text: str) -> None:
        self._configuration.write_text(text)
        self._changes += 1  # ALSA reads it anew when its time, in seconds, has changed
        os.utime(self._configuration, (self._changes, self._changes))


class Waiting:
    """Something that grows on another thread, and a way to wait until it is enough."""

    def __init__(self) -> None:
        self.changed = threading.Condition()

    def wait(self, enough: Callable[[], bool]) -> bool:
        """Return whether it became enough before our patience ended."""
        with self.changed:
            return self.changed.wait_for(enough, PATIENCE_S)


class Punctuality:
    """How late a thread wakes that sleeps for 2 ms, again and again: what the machine allows."""

    def __init__(self) -> None:
        self.worst_ms = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Punctuality:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._over.wait(0.002):
            now = time.monotonic()
            self.worst_ms = max(self.worst_ms, (now - before) * 1000 - 2)
            before = now


def once(
    attempt: Callable[[], bool], attempts: int = ATTEMPTS, most_attempts: int = MOST_ATTEMPTS
) -> bool:
    """Whether sound comes through undamaged once; what was tried while the machine was late for
    sound does not count. Skips the test where it is late every time."""
    counted = 0
    for _ in range(most_attempts):
        with Punctuality() as machine:
            if attempt():
                return True
        counted += machine.worst_ms < LATE_MS
        if counted == attempts:
            return False
    pytest.skip(f"in {most_attempts} attempts this machine was never in time for a sound card")


class Listener(Waiting):
    """Collects what a recording program hears."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self.heard = bytearray()
        self._process = process
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def __enter__(self) -> Listener:
        assert self.wait(lambda: bool(self.heard)), "the monitor gives nothing"
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout
        self._process.stdout.close()

    def hear(self, ms: float) -> bytes:
        """Return all that was heard, once it is `ms` more than now."""
        size = len(self.heard) + pcm.size_of(ms)
        assert self.wait(lambda: len(self.heard) >= size)
        return bytes(self.heard[: len(self.heard) // 2 * 2])

    def _read(self) -> None:
        assert self._process.stdout
        while piece := os.read(self._process.stdout.fileno(), 4800):
            with self.changed:
                self.heard += piece
                self.changed.notify_all()


class Inbox(Waiting):
    """Collects events; its `post` is what a microphone or a speaker is started with."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def wait_for(self, kind: type[E], enough: Callable[[list[E]], bool] = bool) -> list[E]:
        """Return the events of this kind once they are enough."""
        assert self.wait(lambda: enough(self.all(kind))), f"waited in vain for {kind.__name__}"
        return self.all(kind)

    @property
    def captured(self) -> bytes:
        return b"".join(event.pcm for event in self.all(AudioCaptured))

    @property
    def played(self) -> bytes:
        """What the card was given, told 100 ms at a time."""
        return b"".join(event.pcm for event in self.all(AudioPlayed))


def sound_card_or_skip(**settings: str) -> SoundCard:
    """Return a card that is started. Skips the test where that is impossible."""
    if sys.platform != "linux":
        pytest.skip("the virtual sound card is made of ALSA and PulseAudio, which are Linux's")
    if missing := [name for name in NEEDED if not shutil.which(name)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    card = SoundCard(**settings)
    card.start()
    return card
