"""`s2s devices test` on a sound card in software, with and without a way back to the microphone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes import clean_environment, s2s, tone, write_wav
from pseudo_terminal import PseudoTerminal
from virtual_audio import SoundCard

from s2s import pcm
from s2s.local.synthesis import find_synthesiser

pytestmark = pytest.mark.program


def spoken(path: Path) -> Path:
    """Write two seconds of somebody speaking."""
    speech = b"".join(find_synthesiser(["flite"]).speak("hello can you hear me", "alloy"))
    return write_wav(path, speech)


@contextmanager
def loopback(latency_ms: int, volume: int) -> Iterator[None]:
    """Let the microphone hear the speaker; PulseAudio's volume in percent is cubic."""
    command = ["pactl", "load-module", "module-loopback", "source=s2s_speaker.monitor"]
    command += ["sink=s2s_mic_in", f"latency_msec={latency_ms}", "adjust_time=0"]
    module = subprocess.check_output(command, text=True).strip()
    inputs = subprocess.check_output(["pactl", "list", "short", "sink-inputs"], text=True)
    subprocess.run(["pactl", "set-sink-input-volume", inputs.split()[0], f"{volume}%"], check=True)
    yield
    subprocess.run(["pactl", "unload-module", module], check=True)


def run(
    *arguments: str, cwd: Path, card: SoundCard, says: Path | None
) -> subprocess.CompletedProcess[str]:
    """Run the test as a person does, who speaks when asked to and is quiet when asked to."""
    program = subprocess.Popen(
        [sys.executable, "-m", "s2s", "devices", "test", *arguments],
        cwd=cwd,
        env=clean_environment(cwd),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stderr
    prompt = program.stderr.readline()
    assert prompt.startswith("Say something"), prompt
    if says:
        card.say(says)
    out, err = program.communicate(timeout=60)
    return subprocess.CompletedProcess([], program.returncode, out, prompt + err)


def test_a_voice_without_an_echo_is_good_and_loudspeakers_are_fine(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    done = run(cwd=tmp_path, card=sound_card, says=spoken(tmp_path / "hello.wav"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["Microphone: default", "Speaker: default"]
    assert lines[2].startswith("Good: your voice arrives at -")
    assert lines[3].startswith("Echo: none found; it would be below -")
    assert lines[4] == "If you heard the tones, loudspeakers are fine: s2s will not hear itself."
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("answer", "advice"),
    [("y", "Loudspeakers are fine"), ("", "Loudspeakers are fine"),
     ("n", "nothing is known of the loudspeakers")],
)  # fmt: skip
def test_loudspeakers_are_praised_once_somebody_has_heard_them(
    answer: str, advice: str, sound_card: SoundCard, tmp_path: Path
) -> None:
    hello = spoken(tmp_path / "hello.wav")
    with PseudoTerminal("devices", "test", cwd=tmp_path) as terminal:
        terminal.wait_for("Say something")
        sound_card.say(hello)
        terminal.wait_for("Did you hear the three tones?")
        assert "fine" not in terminal.shown
        terminal.press(f"{answer}\r")
        terminal.wait_for(advice)
        assert terminal.leave() == 0


def test_an_echo_is_measured_and_its_delay_is_remembered(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with loopback(latency_ms=100, volume=30):
        hello = spoken(tmp_path / "hello.wav")
        done = run("--json", "--remember", cwd=tmp_path, card=sound_card, says=hello)
    told = json.loads(done.stdout)
    assert done.returncode == told["exit_status"] == 0
    assert told["echo"]["auto"] == "cancel"
    kept = json.loads((tmp_path / ".local/state/s2s/echo-delays.json").read_text())
    (entry,) = kept["delays"]
    assert entry["delay_ms"] == told["echo"]["delay_ms"]
    assert entry["microphone"] == ["default: s2s_mic", "ALSA", 24_000, 1]
    assert entry["speaker"] == ["default: s2s_speaker", "ALSA", 24_000, 1]
    assert told["microphone"] == {"index": 1, "name": "default", "host_api": "ALSA"}
    assert told["voice"]["verdict"] == "good"
    assert told["echo"]["found"]
    assert told["echo"]["headphones"]
    # 30 % is 60 lg 0.3 = -31.4 dB. What may be missing is what a busy machine leaves out.
    assert told["echo"]["coupling_db"] == pytest.approx(-31.4, abs=1.5)
    # The 100 ms, and two buffers of the speaker's (20 ms) and one of the microphone's (20 ms)
    # that the loopback may or may not count among them; as much again for a busy machine.
    assert 80 <= told["echo"]["delay_ms"] <= 180


def test_an_echo_that_is_weak_enough_is_told_and_harmless(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with loopback(latency_ms=60, volume=10):
        done = run(cwd=tmp_path, card=sound_card, says=spoken(tmp_path / "hello.wav"))
    assert "Echo: -60 dB of the speaker" in done.stdout
    assert "Loudspeakers are fine" in done.stdout
    assert "talk --echo auto leaves the microphone as it is" in done.stdout
    assert not (tmp_path / ".local/state/s2s").exists(), "nobody was asked"
    asked = run("--remember", cwd=tmp_path, card=sound_card, says=spoken(tmp_path / "hello.wav"))
    assert "No delay is remembered: no echo was found that talk would cancel." in asked.stdout
    assert asked.returncode == 0


def test_a_delay_that_cannot_be_kept_is_told_in_json_too(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    (tmp_path / ".local").write_text("a file where the folder would be")
    with loopback(latency_ms=100, volume=30):
        hello = spoken(tmp_path / "hello.wav")
        done = run("--json", "--remember", cwd=tmp_path, card=sound_card, says=hello)
    told = json.loads(done.stdout)
    assert done.returncode == told["exit_status"] == 8
    assert told["error"]["message"].startswith("The delay cannot be kept in ")
    assert told["echo"]["auto"] == "cancel", "what was found is told all the same"


def test_a_voice_that_is_too_loud_clips(sound_card: SoundCard, tmp_path: Path) -> None:
    loud = write_wav(tmp_path / "loud.wav", b"\xff\x7f\x00\x80" * pcm.RATE)
    done = run("--json", cwd=tmp_path, card=sound_card, says=loud)
    told = json.loads(done.stdout)
    assert told["voice"]["verdict"] == "clipping"
    assert told["voice"]["clipped_samples"] > pcm.RATE
    assert told["voice"]["peak_dbfs"] == pytest.approx(0, abs=0.1)


def test_silence_is_dead_and_the_tones_are_not_part_of_what_is_listened_to(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with loopback(latency_ms=60, volume=100):
        done = run("--seconds", "1", cwd=tmp_path, card=sound_card, says=None)
    assert done.returncode == 4
    assert "gives nothing but zeros" in done.stderr
    assert "s2s devices pick" in done.stderr


def test_a_muted_microphone_is_told_with_the_command_that_unmutes_it(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    subprocess.run(["pactl", "set-source-mute", "s2s_mic", "1"], check=True)
    hello = spoken(tmp_path / "hello.wav")
    done = run("--seconds", "1", "--json", cwd=tmp_path, card=sound_card, says=hello)
    told = json.loads(done.stdout)
    assert done.returncode == told["exit_status"] == 4
    assert told["voice"]["verdict"] == "dead"
    assert told["echo"] is None
    assert "s2s_mic is muted" in told["error"]["message"]
    assert told["error"]["hint"] == "Run: pactl set-source-mute s2s_mic 0"


def test_a_device_that_is_lost_is_a_sentence(sound_card: SoundCard, tmp_path: Path) -> None:
    with PseudoTerminal("devices", "test", cwd=tmp_path) as terminal:
        terminal.wait_for("dBFS, peak")
        sound_card.signal_server(signal.SIGKILL)
        assert terminal.leave() == 4
        terminal.wait_for("is lost: default has stopped.")
        assert "Traceback" not in terminal.shown


def test_no_device_is_told_in_json_too(sound_card: SoundCard, tmp_path: Path) -> None:
    nowhere = {"PULSE_SERVER": "unix:/nowhere"}
    done = s2s("devices", "test", "--json", cwd=tmp_path, environment=nowhere)
    told = json.loads(done.stdout)
    assert done.returncode == told["exit_status"] == 4
    assert told["error"]["message"].startswith("There is no microphone")
    assert (told["microphone"], told["voice"], told["echo"]) == (None, None, None)


def test_a_wrong_name_is_a_usage_error(sound_card: SoundCard, tmp_path: Path) -> None:
    done = s2s("devices", "test", "--mic", "theremin", cwd=tmp_path)
    assert done.returncode == 2
    assert b"No microphone is called 'theremin'" in done.stderr


def test_the_level_moves_on_a_terminal_and_ctrl_c_leaves_it_clean(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    voice = write_wav(tmp_path / "voice.wav", tone(1500, level=0.5))
    with PseudoTerminal("devices", "test", "--seconds", "60", cwd=tmp_path) as terminal:
        terminal.wait_for("dBFS, peak")
        sound_card.say(voice)
        terminal.wait_for("peak   -6")
        assert "█" in terminal.shown
        terminal.press("\x03")
        assert terminal.leave() == -signal.SIGINT
        assert terminal.restored
