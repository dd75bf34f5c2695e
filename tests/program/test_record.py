"""`s2s record` as a person runs it, on a sound card in software."""

from __future__ import annotations

import array
import contextlib
import json
import os
import random
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import soundfile
from alignment import is_whole, noise
from fakes import clean_environment, endpoint, pcm_of_reply, read_wav, tone, write_wav
from virtual_audio import PATIENCE_S, SoundCard, once, sound_card_or_skip

from s2s import pcm
from s2s.audio.recorder import PREROLL_MS

pytestmark = pytest.mark.program


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


class Recorder:
    """The program, while it records into a folder."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "s2s", "record", *arguments],
            cwd=folder,
            env=clean_environment(folder, **environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.told = self.printed = ""

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    @property
    def partial(self) -> Path:
        """The newest file that is being written."""
        return max(self.folder.rglob("*.partial*"), key=lambda path: path.stat().st_mtime)

    def seconds(self) -> float:
        """How much is in the file already."""
        with contextlib.suppress(ValueError, OSError):
            return max(0, self.partial.stat().st_size - 80) / 2 / pcm.RATE
        return 0.0

    def wait_for(self, seconds: float) -> None:
        def enough() -> bool:
            assert self.process.poll() is None, self.process.communicate()
            return self.seconds() >= seconds

        until(enough)

    def end(self, number: signal.Signals | None = None) -> int:
        if number:
            self.process.send_signal(number)
        printed, told = self.process.communicate(timeout=PATIENCE_S)
        self.printed, self.told = printed.decode(), told.decode()
        assert "Traceback" not in self.told
        return self.process.returncode


def recorded(folder: Path, *arguments: str, **environment: str) -> Recorder:
    """Run the program to its end."""
    with Recorder(folder, *arguments, **environment) as recorder:
        recorder.end()
    return recorder


def failed(recorder: Recorder, status: int, *words: str) -> None:
    """Check that it failed as people are promised: one sentence, one hint, nothing else."""
    lines = [line for line in recorder.told.splitlines() if not line.startswith("Warning: ")]
    assert recorder.process.returncode == status, recorder.told
    assert lines[0].startswith("Error: "), recorder.told
    assert len(lines) == 2, recorder.told
    for word in words:
        assert word in recorder.told


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the program runs; what the test itself needs lies above."""
    path = tmp_path / "takes"
    path.mkdir()
    return path


# How long


def test_exactly_so_many_seconds_without_a_gap(
    sound_card: SoundCard, folder: Path, tmp_path: Path
) -> None:
    said = noise(1500)
    question = write_wav(tmp_path / "said.wav", said)

    def attempt() -> bool:
        with Recorder(folder, "take.wav", "--seconds", "2.5", "--force") as recorder:
            recorder.wait_for(0.1)
            sound_card.say(question)
            assert recorder.end() == 0, recorder.told
        heard = read_wav(folder / "take.wav")
        assert len(heard) == pcm.size_of(2500)
        assert names(folder) == ["take.wav"]
        assert re.match(r"take\.wav: 2\.5 s, 24 kHz mono, peak -\d dB\n$", recorder.told)
        return is_whole(said, heard)

    assert once(attempt)


def test_another_rate_in_stereo(sound_card: SoundCard, folder: Path, tmp_path: Path) -> None:
    with Recorder(
        folder, "take.wav", "--seconds", "1", "--rate", "44100", "--channels", "2"
    ) as recorder:
        recorder.wait_for(0.1)
        sound_card.say(write_wav(tmp_path / "said.wav", tone(300)))
        assert recorder.end() == 0, recorder.told
    with wave.open(str(folder / "take.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (44_100, 2, 44_100)
        samples = array.array("h", file.readframes(44_100))
    assert max(samples) > 5_000
    assert samples[::2] == samples[1::2]


@pytest.mark.parametrize("only", ["44100:2", "48000:1"])
def test_a_device_that_cannot_do_what_is_wanted(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, only: str
) -> None:
    if not shutil.which("gcc"):
        pytest.skip("the restriction of the sound card wants a C compiler")
    card = sound_card_or_skip(VA_ONLY=only)
    for name, value in card.environment.items():
        monkeypatch.setenv(name, value)
    try:
        with Recorder(folder, "take.wav", "--seconds", "1.5") as recorder:
            recorder.wait_for(0.1)
            card.say(write_wav(tmp_path / "said.wav", tone(600)))
            assert recorder.end() == 0, recorder.told
    finally:
        card.stop()
    heard = memoryview(read_wav(folder / "take.wav")).cast("h").tolist()
    assert len(heard) == 1.5 * pcm.RATE
    rises = sum(a < 0 <= b for a, b in pairwise(heard) if abs(b - a) > 300)
    assert rises == pytest.approx(440 * 0.6, abs=4), "600 ms of 440 Hz, neither faster nor slower"


def test_silence_ends_it(sound_card: SoundCard, folder: Path, tmp_path: Path) -> None:
    with Recorder(folder, "take.wav", "--until-silence", "0.5") as recorder:
        recorder.wait_for(0.3)
        sound_card.say(write_wav(tmp_path / "said.wav", tone(600)))
        assert recorder.end() == 0, recorder.told
    heard = memoryview(read_wav(folder / "take.wav")).cast("h").tolist()
    loud = [at for at, sample in enumerate(heard) if abs(sample) > 1000]
    assert 480 <= (len(heard) - loud[-1]) * 1000 / pcm.RATE <= 560


def test_a_sound_begins_it(sound_card: SoundCard, folder: Path, tmp_path: Path) -> None:
    with Recorder(folder, "take.wav", "--wait-for-sound", "--seconds", "0.8") as recorder:
        sound_card.say(write_wav(tmp_path / "said.wav", pcm.silence(2500) + tone(1000)))
        assert recorder.end() == 0, recorder.told
    heard = memoryview(read_wav(folder / "take.wav")).cast("h").tolist()
    first = next(at for at, sample in enumerate(heard) if abs(sample) > 1000)
    assert PREROLL_MS - 100 <= first * 1000 / pcm.RATE <= PREROLL_MS
    assert len(heard) == 0.8 * pcm.RATE


def test_a_guard_ends_it_and_a_sound_that_never_comes_is_told(
    sound_card: SoundCard, folder: Path
) -> None:
    guard = ["--max-minutes", "0.01"]
    recorder = recorded(folder, "take.wav", "--until-silence", "1", *guard, "--json")
    assert json.loads(recorder.printed)["output"]["samples"] == 0.6 * pcm.RATE
    assert json.loads(recorder.printed)["ended_by"] == "max-minutes"
    (folder / "take.wav").unlink()
    failed(recorded(folder, "take.wav", "--wait-for-sound", *guard), 4, "nothing but zeros")
    assert names(folder) == []


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)],
)
def test_a_signal_ends_it_and_the_file_is_complete(
    sound_card: SoundCard, folder: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    with Recorder(folder, "take.wav") as recorder:
        recorder.wait_for(0.1)
        sound_card.say(write_wav(tmp_path / "said.wav", tone(400)))
        assert recorder.end(number) == status, recorder.told
    assert names(folder) == ["take.wav"]
    assert len(read_wav(folder / "take.wav")) >= pcm.size_of(400)
    assert "take.wav" in recorder.told


# What can happen


def test_a_kill_at_any_moment_leaves_a_playable_file(sound_card: SoundCard, folder: Path) -> None:
    chance = random.Random(3)
    behind = []
    for kill in range(6):
        output = folder / str(kill)
        output.mkdir()
        with Recorder(output, "take.wav") as recorder:
            recorder.wait_for(0.02)
            began, had = time.monotonic(), recorder.seconds()
            time.sleep(chance.uniform(0.1, 1.2))
            recorder.process.kill()
            lasted = time.monotonic() - began
            recorder.process.wait()
        audio = read_wav(output / "take.partial.wav")
        behind.append(had + lasted - pcm.seconds(len(audio)))
    # Of a moment on a clock and a moment in a file one can only speak on average.
    assert sorted(behind)[len(behind) // 2] <= 0.25


def test_what_was_rescued_from_a_kill_stays_and_is_named(
    sound_card: SoundCard, folder: Path
) -> None:
    write_wav(folder / "take.partial.wav", tone(100))
    recorder = recorded(folder, "take.wav", "--seconds", "0.2")
    assert "Warning: take.partial.wav holds" in recorder.told
    assert names(folder) == ["take.partial.wav", "take.wav"]
    assert read_wav(folder / "take.partial.wav") == tone(100)


def test_a_full_disk_keeps_what_fitted(sound_card: SoundCard, folder: Path) -> None:
    """A limit on the file's size stands in for the disk: 48 KiB, one second of audio."""
    command = shlex.join([sys.executable, "-m", "s2s", "record", "take.wav"])
    done = subprocess.run(
        ["bash", "-c", f"trap '' XFSZ; ulimit -f 48; exec {command}"],
        cwd=folder, env=clean_environment(folder), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 8, done.stderr
    lines = done.stderr.splitlines()
    assert lines[-2:] == [
        "Error: Writing take.wav failed: File too large.",
        "What came is kept in take.partial.wav.",
    ]
    assert len(read_wav(folder / "take.partial.wav")) == 48 * 1024 - 80


def test_a_folder_that_vanishes_takes_nothing_along(sound_card: SoundCard, folder: Path) -> None:
    (folder / "stick").mkdir()
    (folder / "rescue").mkdir()
    with Recorder(folder, "stick/take.wav", TMPDIR=str(folder / "rescue")) as recorder:
        recorder.wait_for(0.3)
        shutil.rmtree(folder / "stick")
        recorder.end()
    failed(recorder, 8, "No such file", "rescue/take.partial.wav")
    assert len(read_wav(folder / "rescue" / "take.partial.wav")) >= pcm.size_of(300)


def test_a_sound_server_that_dies(sound_card: SoundCard, folder: Path) -> None:
    with Recorder(folder, "take.wav") as recorder:
        recorder.wait_for(0.3)
        sound_card.signal_server(signal.SIGKILL)
        recorder.end()
    failed(recorder, 4, "lost", "What was recorded is in take.wav.")
    assert len(read_wav(folder / "take.wav")) >= pcm.size_of(300)


def test_no_sound_card_leaves_nothing_behind(sound_card: SoundCard, folder: Path) -> None:
    recorder = recorded(folder, "take.wav", PULSE_SERVER="unix:/nowhere")
    failed(recorder, 4)
    assert names(folder) == []


def test_a_microphone_by_a_name_that_is_not_there(sound_card: SoundCard, folder: Path) -> None:
    failed(recorded(folder, "take.wav", "--mic", "yeti"), 2, "yeti", "default")
    failed(recorded(folder, "take.wav", S2S_MIC="yeti"), 2, "S2S_MIC")
    chosen = folder.parent / "chosen.env"
    chosen.write_text("S2S_MIC=yeti\n")
    failed(recorded(folder, "take.wav", S2S_ENV_FILE=str(chosen)), 2, "chosen.env")
    assert names(folder) == []


def test_only_zeros_are_no_recording(sound_card: SoundCard, folder: Path) -> None:
    recorder = recorded(folder, "take.wav", "--seconds", "2.2")
    failed(recorder, 4, "nothing but zeros", "What was recorded is in take.wav.")
    assert recorder.told.startswith("Warning: "), "it is told before the end"
    assert read_wav(folder / "take.wav") == pcm.silence(2200)


@pytest.mark.parametrize(
    ("loudness", "words"), [(1.5, r"Warning: \d+ of \d+ samples are clipped"), (0.005, "at -46 dB")]
)
def test_a_recording_that_is_too_loud_or_too_quiet(
    sound_card: SoundCard, folder: Path, tmp_path: Path, loudness: float, words: str
) -> None:
    wanted = memoryview(tone(800, level=0.5)).cast("h")
    said = array.array(
        "h", (max(-32768, min(32767, round(each * loudness * 2))) for each in wanted)
    )
    with Recorder(folder, "take.wav", "--until-silence", "0.3") as recorder:
        recorder.wait_for(0.1)
        sound_card.say(write_wav(tmp_path / "said.wav", pcm.silence(600) + said.tobytes()))
        assert recorder.end() == 0
    assert re.search(words, recorder.told), recorder.told


# Formats and outputs


@pytest.mark.parametrize("name", ["take.flac", "take.ogg", "TAKE.FLAC"])
def test_a_recording_is_converted_at_the_end(
    sound_card: SoundCard, folder: Path, tmp_path: Path, name: str
) -> None:
    with Recorder(folder, name, "--seconds", "1") as recorder:
        recorder.wait_for(0.1)
        assert recorder.partial.suffix == ".wav"
        sound_card.say(write_wav(tmp_path / "said.wav", tone(500)))
        assert recorder.end() == 0, recorder.told
    assert names(folder) == [name]
    info = soundfile.info(str(folder / name))
    assert (info.frames, info.samplerate, info.channels) == (pcm.RATE, pcm.RATE, 1)
    assert info.format == name.split(".")[1].upper()


def test_a_format_that_cannot_hold_it_leaves_the_wav(sound_card: SoundCard, folder: Path) -> None:
    recorder = recorded(folder, "take.flac", "--seconds", "0.3", "--channels", "9")
    failed(recorder, 8, "cannot be converted to FLAC", "take.partial.wav")
    assert names(folder) == ["take.partial.wav"]
    assert soundfile.info(str(folder / "take.partial.wav")).frames == 0.3 * pcm.RATE


def test_standard_output_is_a_wav(sound_card: SoundCard, folder: Path) -> None:
    command = [sys.executable, "-m", "s2s", "record", "-", "--seconds", "0.5", "--quiet"]
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(folder), capture_output=True, check=False
    )
    assert pcm_of_reply(done.stdout) == pcm.silence(500)
    assert names(folder) == []


def test_a_reader_who_goes_away_ends_it(sound_card: SoundCard, folder: Path) -> None:
    command = shlex.join([sys.executable, "-m", "s2s", "record", "-"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -c 10000 | wc -c; exit ${{PIPESTATUS[0]}}"],
        cwd=folder, env=clean_environment(folder), capture_output=True, text=True, check=False,
        timeout=PATIENCE_S,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (8, "10000\n")
    assert done.stderr.startswith("Error: Whoever read the recording has gone.\n")


def test_a_reader_who_takes_nothing_cannot_keep_it(sound_card: SoundCard, folder: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    command = [sys.executable, "-m", "s2s", "record", "-"]
    with subprocess.Popen(
        command, cwd=folder, env=clean_environment(folder), stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        assert process.stderr
        assert b"zeros" in process.stderr.readline(), "it records"
        process.terminate()
        assert process.wait(PATIENCE_S) == -signal.SIGTERM
    os.close(reading)


def test_a_question_spoken_into_a_pipe_is_answered(
    sound_card: SoundCard, folder: Path, tmp_path: Path
) -> None:
    said = write_wav(tmp_path / "said.wav", pcm.silence(1500) + tone(700) + pcm.silence(1500))
    program = f"{sys.executable} -m s2s"
    with endpoint() as url:
        pipe = f"{program} record - --until-silence 1 | {program} send-wav - -o reply.wav"
        pipeline = subprocess.Popen(
            ["bash", "-c", f"set -o pipefail; {pipe}"],
            cwd=folder, env=clean_environment(folder, WS_URL=url), stderr=subprocess.PIPE,
        )  # fmt: skip
        sound_card.say(said)
        _, told = pipeline.communicate(timeout=PATIENCE_S)
    assert pipeline.returncode == 0, told
    assert max(memoryview(read_wav(folder / "reply.wav")).cast("h")) > 5_000


def test_json_tells_how_it_went(sound_card: SoundCard, folder: Path) -> None:
    recorder = recorded(folder, "take.wav", "--seconds", "0.5", "--json")
    told = json.loads(recorder.printed)
    assert (told["exit_status"], told["ended_by"]) == (4, "seconds")
    assert told["output"] == {
        "path": "take.wav", "complete": True, "seconds": 0.5, "samples": 12_000,
        "rate": 24_000, "channels": 1,
    }  # fmt: skip
    assert "zeros" in told["error"]["message"]
    assert told["microphone"]["name"] == "default"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["take.mp3"], ".flac"),
        (["take"], ".wav"),
        (["there.wav"], "--force"),
        (["no/folder/take.wav"], "no/folder"),
        (["-", "--json"], "standard output"),
        (["take.wav", "--seconds", "inf"], "--seconds"),
        (["take.wav", "--env-file", "absent.env"], "absent.env"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(
    arguments: list[str], words: str, folder: Path
) -> None:
    (folder / "there.wav").write_bytes(b"precious")
    failed(recorded(folder, *arguments), 2, words)
    assert (folder / "there.wav").read_bytes() == b"precious"
    assert names(folder) == ["there.wav"]


def test_an_old_file_stays_until_the_new_one_is_complete(
    sound_card: SoundCard, folder: Path
) -> None:
    (folder / "take.wav").write_bytes(b"old")
    with Recorder(folder, "take.wav", "--force") as recorder:
        recorder.wait_for(0.1)
        assert (folder / "take.wav").read_bytes() == b"old"
        recorder.end(signal.SIGINT)
    assert len(read_wav(folder / "take.wav")) >= pcm.size_of(100)


# On a terminal


class Terminal:
    """The program on a terminal of its own: what it shows, and the keys one presses."""

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self._fd, self._slave = os.openpty()
        self.before = termios.tcgetattr(self._slave)
        self.shown = ""
        # A session's leader gets the first terminal that it opens.
        own = (
            "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", own, sys.executable, "-m", "s2s", "record", *arguments],
            cwd=folder,
            env=clean_environment(folder, TERM="xterm", COLUMNS="100"),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
        )

    def settings(self) -> list[object]:
        return termios.tcgetattr(self._slave)

    def wait_for(self, words: str) -> None:
        """Wait until the words are shown, anew."""
        self.shown = ""
        until(lambda: self._read() and words in self.shown)

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def end(self) -> int:
        status = self.process.wait(PATIENCE_S)
        self._read()
        return status

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._fd)
        os.close(self._slave)

    def _read(self) -> bool:
        while select.select([self._fd], [], [], 0.01)[0]:
            self.shown += os.read(self._fd, 65536).decode()
            self.shown = re.sub(r"\x1b\[[0-9;]*m", "", self.shown)
        return True


@contextlib.contextmanager
def on_a_terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(folder, arguments)
    try:
        yield terminal
    finally:
        terminal.close()


def test_keys_pause_resume_and_end_it(sound_card: SoundCard, folder: Path, tmp_path: Path) -> None:
    question = write_wav(tmp_path / "said.wav", tone(300))
    with on_a_terminal(folder, "take.wav") as terminal:
        terminal.wait_for("Recording 0:00.2")
        sound_card.say(question)
        terminal.wait_for("peak -10")
        terminal.press(" ")
        terminal.wait_for("Paused")
        terminal.press("x\x1b[A\x1a")
        sound_card.say(write_wav(tmp_path / "loud.wav", tone(300, level=0.9)))
        terminal.wait_for("peak  -1")
        terminal.press(" ")
        terminal.wait_for("Recording")
        terminal.press("q")
        assert terminal.end() == 0
        assert "take.wav: " in terminal.shown
        assert terminal.settings() == terminal.before
    peak = max(memoryview(read_wav(folder / "take.wav")).cast("h"))
    assert peak == pytest.approx(0.3 * 32767, rel=0.05), "what sounds in a pause is left out"


def test_a_length_shows_what_is_left(sound_card: SoundCard, folder: Path) -> None:
    with on_a_terminal(folder, "take.wav", "--seconds", "1.5") as terminal:
        terminal.wait_for("/ 0:01.5, 0:00.5 left")
        assert terminal.end() == 4, "only zeros"
        assert terminal.settings() == terminal.before
    assert len(read_wav(folder / "take.wav")) == pcm.size_of(1500)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 4), (signal.SIGTERM, -15)])
def test_a_signal_leaves_the_terminal_as_it_was(
    sound_card: SoundCard, folder: Path, number: signal.Signals, status: int
) -> None:
    with on_a_terminal(folder, "take.wav") as terminal:
        terminal.wait_for("Recording 0:00.2")
        assert terminal.settings() != terminal.before
        terminal.process.send_signal(number)
        assert terminal.end() == status
        assert terminal.settings() == terminal.before


def test_standard_output_is_no_terminal(folder: Path) -> None:
    with on_a_terminal(folder, "-") as terminal:
        assert terminal.end() == 2
