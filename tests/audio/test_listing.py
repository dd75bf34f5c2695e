"""Which devices there are now: a child process says it, and is trusted with nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from fakes import children_of
from virtual_audio import PATIENCE_S, SoundCard

from s2s.audio.devices.listing import Listing
from s2s.audio.devices.portaudio import SoundSystem
from s2s.errors import SoundError

YETI = {
    "index": 1, "name": "Yeti", "host_api": "ALSA", "inputs": 2, "outputs": 0, "rate": 48_000,
    "default_input": True, "default_output": False, "loopback": False,
}  # fmt: skip


def python(lines: str) -> list[str]:
    return [sys.executable, "-c", lines]


def says(text: str, status: int = 0) -> list[str]:
    return python(f"import sys; print({text!r}); sys.exit({status})")


def until(happened: object) -> None:
    assert callable(happened)
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_a_child_finds_what_a_sound_system_that_begins_now_finds(sound_card: SoundCard) -> None:
    with SoundSystem() as system:
        listed = system.devices()
        card = sound_card.configuration
        more = 'pcm.headset { type pulse hint { show on description "Headset" } }\n'
        card.write_text(more + card.read_text())
        os.utime(card, (0, 0))
        assert system.devices() == listed, "it does not look again"
        names = {each.name for each in Listing(limit_s=PATIENCE_S).devices()}
    assert names == {each.name for each in listed} | {"headset"}
    assert not children_of(os.getpid())


def test_what_a_child_says_is_read_as_devices() -> None:
    (device,) = Listing(says(json.dumps([YETI]))).devices()
    assert (device.name, device.inputs, device.default_input) == ("Yeti", 2, True)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "no JSON",
        "{}",
        "7",
        "[7]",
        "[[]]",
        json.dumps([{**YETI, "index": "1"}]),
        json.dumps([{**YETI, "index": True}]),
        json.dumps([{**YETI, "name": None}]),
        json.dumps([{key: value for key, value in YETI.items() if key != "rate"}]),
    ],
)
def test_what_is_no_list_of_devices_is_told_in_a_sentence(told: str) -> None:
    with pytest.raises(SoundError, match="does not say"):
        Listing(says(told)).devices()


@pytest.mark.parametrize("lines", ["print('[' * 100_000)", "print([0] * 1_000_000)"])
def test_a_list_without_end_is_no_list(lines: str) -> None:
    with pytest.raises(SoundError, match="does not say"):
        Listing(python(lines)).devices()


def test_a_child_that_fails_says_nothing() -> None:
    with pytest.raises(SoundError, match="does not say"):
        Listing(says(json.dumps([YETI]), status=3)).devices()
    with pytest.raises(SoundError, match="does not say"):
        Listing(["/nowhere/python"]).devices()


def test_a_child_that_hangs_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    noisy = python("import os, time; os.write(2, b'ALSA lib'); time.sleep(600)")
    with pytest.raises(SoundError, match="does not say"):
        Listing(noisy, limit_s=0.5).devices()
    assert not children_of(os.getpid())
    assert capfd.readouterr().err == "", "what it prints is for the log"


def test_after_a_child_that_hung_the_next_may_take_longer() -> None:
    """Who knows whether it was the sound server that hung, or the machine that is slow."""
    slow = python(f"import time; time.sleep(1); print({json.dumps([YETI])!r})")
    listing = Listing(slow, limit_s=0.05)
    for _ in range(20):
        try:
            assert listing.devices()
            break
        except SoundError:
            continue
    else:
        pytest.fail("it is never given enough time")


def test_who_leaves_ends_the_child_that_looks() -> None:
    listing = Listing(python("import time; time.sleep(600)"), limit_s=600)
    failed: list[SoundError] = []

    def look() -> None:
        try:
            listing.devices()
        except SoundError as error:
            failed.append(error)

    looking = threading.Thread(target=look)
    looking.start()
    until(lambda: children_of(os.getpid()))
    listing.close()
    assert not children_of(os.getpid())
    looking.join(PATIENCE_S)
    assert failed
    with pytest.raises(SoundError):
        listing.devices()
    assert not children_of(os.getpid()), "none is started any more"


def test_a_child_does_not_outlive_who_started_it_though_the_sound_server_hangs(
    sound_card: SoundCard,
) -> None:
    lines = "from s2s.audio.devices.listing import Listing; Listing(limit_s=600).devices()"
    sound_card.signal_server(signal.SIGSTOP)
    with subprocess.Popen(python(lines)) as parent:
        until(lambda: children_of(parent.pid))
        (child,) = children_of(parent.pid)
        time.sleep(1)  # by then it waits for the server
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"
