"""Whatever hangs on the network, the program is left at once, and what was kept is whole."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from endpoints import stoppable_server
from fakes import children_of, clean_environment, tone, write_wav

pytestmark = pytest.mark.program

SOON_S = 20.0  # of a busy machine; at leisure it is half a second (docs/network.md)
ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextlib.contextmanager
def mute_listener() -> Iterator[str]:
    """Something that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/v1/realtime"


@contextlib.contextmanager
def talking(folder: Path, url: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    journal = folder / "journal"
    long = write_wav(folder / "long.wav", tone(2_000) + bytes(48_000 * 60))
    command = [
        "talk", "--url", url, "--in", long, "--out", "heard.wav", "--save", "kept",
        "--events", journal, "--reconnect", "60",
    ]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "s2s", *map(str, command)], cwd=folder,
        env=clean_environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process, journal
    finally:
        process.kill()
        process.communicate()


def assert_whole(folder: Path) -> None:
    (saved,) = (folder / "kept").glob("*/conversation.wav")
    for path in (saved, *folder.glob("heard*.wav")):
        with wave.open(str(path)) as file:
            frame = file.getnchannels() * 2
            assert len(file.readframes(file.getnframes())) == file.getnframes() * frame


def leave(process: subprocess.Popen[str], number: int, folder: Path) -> str:
    children = children_of(process.pid)
    process.send_signal(number)
    told, _ = process.communicate(timeout=SOON_S)
    assert process.returncode == -number, told
    assert "Traceback" not in told
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert_whole(folder)
    return told


def seen(journal: Path, word: str) -> bool:
    return journal.exists() and word in journal.read_text()


@pytest.mark.parametrize("number", ENDING)
def test_while_a_handshake_hangs(number: int, tmp_path: Path) -> None:
    with mute_listener() as url, talking(tmp_path, url) as (process, journal):
        until(lambda: seen(journal, '"audio_captured"'))
        leave(process, number, tmp_path)


@pytest.mark.parametrize("number", ENDING)
def test_while_the_network_takes_nothing(number: int, tmp_path: Path) -> None:
    with stoppable_server(tmp_path) as (served, url), talking(tmp_path, url) as (process, journal):
        until(lambda: seen(journal, '"session_configured"'))
        served.send_signal(signal.SIGSTOP)
        leave(process, number, tmp_path)


@pytest.mark.parametrize("number", ENDING)
def test_while_it_waits_to_connect_again(number: int, tmp_path: Path) -> None:
    with stoppable_server(tmp_path) as (served, url), talking(tmp_path, url) as (process, journal):
        until(lambda: seen(journal, '"session_configured"'))
        served.kill()
        until(lambda: journal.read_text().count('"connect_failed"') > 2)
        leave(process, number, tmp_path)


@pytest.mark.parametrize("hangs", ["the handshake", "the network", "the pause"])
def test_killed_its_files_are_whole_and_its_children_are_gone(hangs: str, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        served, url = stack.enter_context(stoppable_server(tmp_path))
        mute = stack.enter_context(mute_listener())
        at = mute if hangs == "the handshake" else url
        process, journal = stack.enter_context(talking(tmp_path, at))
        if hangs == "the handshake":
            until(lambda: seen(journal, '"audio_played"'))
        else:
            until(lambda: seen(journal, '"session_configured"'))
            served.send_signal(signal.SIGSTOP if hangs == "the network" else signal.SIGKILL)
            until(lambda: hangs == "the network" or seen(journal, '"connect_failed"'))
        children = children_of(process.pid)
        process.kill()
        process.communicate(timeout=SOON_S)
        until(lambda: not [each for each in children if Path(f"/proc/{each}").exists()])
        assert_whole(tmp_path)


def test_stopped_for_longer_than_a_line_may_be_silent_it_connects_again(tmp_path: Path) -> None:
    with stoppable_server(tmp_path) as (_, url), talking(tmp_path, url) as (process, journal):
        until(lambda: seen(journal, '"session_configured"'))
        process.send_signal(signal.SIGSTOP)
        time.sleep(11)
        process.send_signal(signal.SIGCONT)
        until(lambda: journal.read_text().count('"session_started"') == 2)
        until(lambda: seen(journal, "Connected again"))
        leave(process, signal.SIGTERM, tmp_path)
