"""Killed at once: no child outlives the program, and what was written is whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import children_of, clean_environment, read_wav, tone, write_wav

PATIENCE_S = 60.0


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether a process is there and is more than a remainder that nobody has collected."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="there is no ffmpeg")
def test_what_decodes_and_what_answers_are_gone_and_the_files_are_whole(tmp_path: Path) -> None:
    write_wav(tmp_path / "long.wav", tone(120_000))
    convert = ["ffmpeg", "-loglevel", "error", "-i", "long.wav", "long.m4a"]
    subprocess.run(convert, cwd=tmp_path, check=True, stdin=subprocess.DEVNULL)
    command = ["talk", "--in", "long.m4a", "--out", "heard.wav", "--save", "kept", "--offline"]
    program = subprocess.Popen(
        [sys.executable, "-m", "s2s", *command, "--plain"],
        cwd=tmp_path, env=clean_environment(tmp_path),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: len(children_of(program.pid)) == 2)
        heard = tmp_path / "heard.partial.wav"
        until(lambda: heard.exists() and heard.stat().st_size > 20_000)
        children = children_of(program.pid)
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()
    until(lambda: not any(map(runs, children)))
    assert read_wav(heard)
    (saved,) = (tmp_path / "kept").glob("*/conversation.wav")
    with wave.open(str(saved)) as kept:
        assert kept.getnchannels() == 2
