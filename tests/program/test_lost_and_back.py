"""`s2s talk` on a sound card that goes away and comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alignment import is_in_order, noise, places
from fakes import LoudDetector, children_of, clean_environment, tone, write_wav
from virtual_audio import PATIENCE_S, SoundCard

from s2s import pcm
from s2s.testing.server import RealtimeServer

pytestmark = pytest.mark.program

ANSWER = noise(4000)


class Talk:
    """The program, and what it writes down of what happens."""

    def __init__(self, folder: Path, url: str, *arguments: str) -> None:
        self._events = folder / "events"
        self.kept = folder / "kept"
        command = [sys.executable, "-m", "s2s", "talk", "--plain", "--url", url]
        command += ["--events", str(self._events), "--save", str(self.kept), *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def all(self, kind: str) -> list[dict[str, Any]]:
        if not self._events.exists():
            return []
        lines = self._events.read_text().split("\n")[:-1]
        return [each for each in map(json.loads, lines) if each["type"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        until(lambda: len(self.all(kind)) >= count)
        return self.all(kind)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def talking(folder: Path, *arguments: str) -> Iterator[Talk]:
    answer = write_wav(folder / "answer.wav", ANSWER)
    turns = [{"wav": answer.name}, {"tone": "660/300ms"}]
    with RealtimeServer(turns=turns, detector=LoudDetector, folder=folder) as server:
        talk = Talk(folder, server.url, "--greet", *arguments)
        try:
            yield talk
        finally:
            talk.process.kill()
            talk.process.communicate()


def test_a_reply_goes_on_where_it_was_when_the_sound_server_has_come_back(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with talking(tmp_path) as talk:
        talk.wait_for("part_started")
        time.sleep(0.5)
        sound_card.signal_server(signal.SIGKILL)
        talk.wait_for("device_lost", 2)
        talk.wait_for("device_still_gone")
        sound_card.restart()
        back = talk.wait_for("device_back", 2)
        assert {each["side"] for each in back} == {"microphone", "speaker"}
        lost_s = talk.all("device_lost")[0]["t"] - 0.25  # it is noticed so much later at most
        back_s = next(each["t"] for each in back if each["side"] == "speaker")
        (played,) = talk.wait_for("part_played")
        assert played["ms"] == 4000, "nothing was lost of it"
        sound_card.say(write_wav(tmp_path / "question.wav", tone(600) + pcm.silence(200)))
        talk.wait_for("part_played", 2)
        lasted_s = talk.all("part_played")[-1]["t"]
        talk.process.send_signal(signal.SIGINT)
        said, _ = talk.process.communicate(timeout=PATIENCE_S)
    assert "There is a speaker again after" in said
    assert talk.process.returncode == -signal.SIGINT
    (kept,) = talk.kept.glob("*/conversation.wav")
    with wave.open(str(kept)) as file:
        frames = file.readframes(file.getnframes())
        length_s = file.getnframes() / file.getframerate()
    assert length_s > lasted_s - 1.0, "the time without sound is silence in it"
    right = memoryview(frames).cast("h")[1::2].tobytes()
    found = places(ANSWER, right.ljust(2 * len(ANSWER), b"\0"))
    torn = [n for n, (_, alike) in enumerate(found) if alike < 0.99]
    assert len(torn) <= 1, "what the gap tore is one piece"
    shifts = {at - 2400 * n for n, (at, alike) in enumerate(found) if alike >= 0.99}
    assert len(shifts) == 2
    assert (max(shifts) - min(shifts)) / pcm.RATE == pytest.approx(back_s - lost_s, abs=0.5)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_who_leaves_while_there_is_no_sound_is_let_go_and_leaves_no_child(
    number: signal.Signals, sound_card: SoundCard, tmp_path: Path
) -> None:
    """Also when the sound server hangs, and with it whoever asks it for something."""
    with talking(tmp_path) as talk:
        talk.wait_for("part_started")
        sound_card.signal_server(number)
        talk.wait_for("device_still_gone", 2)
        talk.process.send_signal(signal.SIGTERM)
        talk.process.communicate(timeout=PATIENCE_S)
    assert talk.process.returncode == -signal.SIGTERM
    assert not children_of(talk.process.pid)


def test_a_sound_server_that_hung_and_goes_on_is_one_that_is_back(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with talking(tmp_path) as talk:
        talk.wait_for("part_started")
        sound_card.signal_server(signal.SIGSTOP)
        talk.wait_for("device_still_gone", 2)
        sound_card.signal_server(signal.SIGCONT)
        talk.wait_for("device_back", 2)
        (played,) = talk.wait_for("part_played")
        assert played["ms"] == 4000


@pytest.mark.parametrize("side", ["microphone", "speaker"])
def test_a_device_that_is_pulled_out_and_plugged_in_again_goes_on(
    side: str, sound_card: SoundCard, tmp_path: Path
) -> None:
    option = "--mic" if side == "microphone" else "--speaker"
    with sound_card.plugged("headset") as headset, talking(tmp_path, option, "headset") as talk:
        talk.wait_for("part_started")
        headset.unplug()
        talk.wait_for("device_lost")
        talk.wait_for("device_still_gone", 2)
        headset.plug()
        (back,) = talk.wait_for("device_back")
        assert (back["side"], back["name"]) == (side, "headset")
        assert [each["side"] for each in talk.all("device_lost")] == [side]
        assert not talk.all("device_paused"), "it is opened where it was"
        talk.wait_for("part_played")


def test_a_program_that_was_stopped_for_longer_than_a_loss_takes_finds_its_devices_as_they_were(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    with talking(tmp_path) as talk:
        talk.wait_for("part_started")
        os.kill(talk.process.pid, signal.SIGSTOP)
        time.sleep(4)
        os.kill(talk.process.pid, signal.SIGCONT)
        talk.wait_for("part_played")
        assert not talk.all("device_lost")
        assert talk.wait_for("stood_still")[0]["ms"] >= 3900
        assert max(each["ms"] for each in talk.wait_for("device_paused")) >= 3500


def test_a_recording_goes_on_after_a_gap_of_silence(sound_card: SoundCard, tmp_path: Path) -> None:
    """What was captured before and after it is there, and the length is that of the clock."""
    arguments = ["record", "take.wav", "--reconnect", "--json"]
    recorder = subprocess.Popen(
        [sys.executable, "-m", "s2s", *arguments],
        cwd=tmp_path,
        env=clean_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    partial = tmp_path / "take.partial.wav"

    def seconds() -> float:
        return partial.stat().st_size / 2 / pcm.RATE if partial.exists() else 0.0

    until(lambda: seconds() > 0.5)
    sound_card.say(write_wav(tmp_path / "said.wav", noise(500)))
    before = seconds()
    sound_card.signal_server(signal.SIGKILL)
    until(lambda: seconds() > before + 2.0)  # of silence
    sound_card.restart()
    said = partial.stat().st_size
    until(lambda: partial.stat().st_size > said + pcm.size_of(2500))
    sound_card.say(write_wav(tmp_path / "again.wav", noise(500, seed=2)))
    recorder.send_signal(signal.SIGINT)
    out, err = recorder.communicate(timeout=PATIENCE_S)
    report = json.loads(out)
    assert recorder.returncode == 0, err
    (gap,) = report["gaps"]
    assert gap["seconds"] > 1.5
    assert "There is a microphone again" in err
    with wave.open(str(tmp_path / "take.wav")) as file:
        samples = file.readframes(file.getnframes())
    at, end = (pcm.size_of(1000 * each) for each in (gap["at"], gap["at"] + gap["seconds"]))
    assert not any(samples[at:end])
    assert is_in_order(noise(500), samples[:at])
    assert is_in_order(noise(500, seed=2), samples[end:])


def test_a_recording_that_is_spoken_waits_for_no_speaker(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    """Nobody is there who would bring it back."""
    question = write_wav(tmp_path / "question.wav", pcm.silence(20_000))
    with talking(tmp_path, "--in", str(question)) as talk:
        talk.wait_for("part_started")
        sound_card.signal_server(signal.SIGKILL)
        said, _ = talk.process.communicate(timeout=PATIENCE_S)
    assert talk.process.returncode == 4
    assert "The speaker is lost" in said
