"""Ctrl-C, SIGTERM and a closed terminal end every command, whatever it is about."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import clean_environment, endpoint, tone, write_wav
from pseudo_terminal import PseudoTerminal

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system has no /proc"),
]

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
LONG = {"turns": [{"tone": "440/60s", "pace": "realtime", "delta_ms": 50}]}
ONLY_ZEROS = 4


@pytest.fixture
def url() -> Iterator[str]:
    with endpoint(LONG) as url:
        yield url


def moments(seed: int, count: int = 9) -> list[tuple[signal.Signals, float]]:
    """Signals, and when each comes: nothing depends on what the program is about then."""
    chance = random.Random(seed)
    return [(ENDING[n % 3], chance.uniform(0, 0.6)) for n in range(count)]


def assert_ended(told: str, returned: int, number: int, *finished: int) -> None:
    """The program died of the signal, or had finished with a status of its own."""
    assert returned in (-number, *finished), told
    assert "Traceback" not in told
    assert "Exception ignored" not in told


def wait_until_begun(program: subprocess.Popen[Any]) -> None:
    """Wait until SIGTERM is caught: until then Python is starting, in its own ways."""
    while program.poll() is None:
        status = Path(f"/proc/{program.pid}/status").read_text()
        if int(re.findall(r"SigCgt:\s*(\w+)", status)[0], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.001)


def is_running(pid: str) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def interrupted(
    *arguments: str, cwd: Path, number: signal.Signals, delay: float, finished: tuple[int, ...] = ()
) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "s2s", *arguments], cwd=cwd, env=clean_environment(cwd),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    wait_until_begun(program)
    try:
        program.wait(delay)
    except subprocess.TimeoutExpired:
        listed = Path(f"/proc/{program.pid}/task/{program.pid}/children")
        children = listed.read_text().split() if listed.exists() else []
        program.send_signal(number)
        told, _ = program.communicate(timeout=60)
        assert_ended(told, program.returncode, number, *finished)
        assert not [child for child in children if is_running(child)]
    else:
        told, _ = program.communicate()
        assert_ended(told, program.returncode, number, *finished)


@pytest.mark.parametrize(
    "command", ["send-wav in.wav -o {n}.wav", "talk --in in.wav --out {n}.wav"]
)
def test_a_question_can_be_given_up_at_any_moment(command: str, url: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "in.wav", tone(60_000))
    for n, (number, delay) in enumerate(moments(1)):
        arguments = command.format(n=n).split()
        interrupted(*arguments, "--url", url, cwd=tmp_path, number=number, delay=delay)
    assert all(path.stat().st_size >= 44 for path in tmp_path.glob("*.wav"))


@pytest.mark.offline
@pytest.mark.parametrize(
    "command", ["send-wav in.wav -o {n}.wav", "talk --in in.wav --out {n}.wav"]
)
def test_the_offline_endpoint_ends_with_it(command: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "in.wav", tone(60_000))
    for n, (number, delay) in enumerate(moments(2)):
        arguments = command.format(n=n).split()
        interrupted(*arguments, "--offline", cwd=tmp_path, number=number, delay=delay)


@pytest.mark.usefixtures("sound_card")
def test_what_uses_the_sound_card_can_be_ended_at_any_moment(tmp_path: Path) -> None:
    for n, (number, delay) in enumerate(moments(3)):
        done: tuple[int, ...] = (0, ONLY_ZEROS) if number == signal.SIGINT else ()
        interrupted("record", f"{n}.wav", cwd=tmp_path, number=number, delay=delay, finished=done)
        done = (0,) if number == signal.SIGINT else ()
        interrupted("devices", "--watch", cwd=tmp_path, number=number, delay=delay, finished=done)
        interrupted("devices", "test", cwd=tmp_path, number=number, delay=delay)


def test_a_server_and_the_help_can_be_ended_at_any_moment(tmp_path: Path) -> None:
    for number, delay in moments(4):
        for command in ("serve", "--help"):
            interrupted(command, cwd=tmp_path, number=number, delay=delay, finished=(0,))


@pytest.mark.usefixtures("sound_card")
def test_a_choice_can_be_given_up_at_any_moment_and_the_terminal_is_as_it_was(
    tmp_path: Path,
) -> None:
    for number, delay in moments(5, 18):
        with PseudoTerminal("devices", "pick", cwd=tmp_path) as terminal:
            wait_until_begun(terminal.process)
            time.sleep(delay)
            terminal.process.send_signal(number)
            assert_ended(terminal.shown, terminal.process.wait(60), number)
            assert terminal.restored


def test_ctrl_c_ends_the_loop_of_a_shell(url: str, tmp_path: Path) -> None:
    """A shell goes on if the program it waits for says that it has dealt with Ctrl-C."""
    write_wav(tmp_path / "in.wav", tone(300))
    program = f"{sys.executable} -m s2s send-wav in.wav --url {url} -o $i.wav"
    loop = f"for i in 1 2 3; do {program}; echo after $i; done"
    with PseudoTerminal(cwd=tmp_path, program=["bash", "-c", loop]) as terminal:
        partial = tmp_path / "1.partial.wav"
        assert terminal.wait(lambda: partial.exists() and partial.stat().st_size > 44)
        terminal.press("\x03")
        assert terminal.leave() == -signal.SIGINT
        terminal.wait_for("Interrupted.")
    assert terminal.shown.count("Interrupted.") == 1
    assert "after" not in terminal.shown
    assert not list(tmp_path.glob("2*.wav"))


def test_the_shell_sees_the_statuses_it_always_has(url: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "in.wav", tone(60_000))
    for number in ENDING:
        program = f"{sys.executable} -m s2s send-wav in.wav --url {url} -o {number}.wav"
        script = f"{program} & sleep 1; kill -{number} $!; wait $!; echo $?"
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=clean_environment(tmp_path),
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        assert done.stdout.split()[-1] == str(128 + number).encode()


def handling(parent: int) -> int:
    """Return the child once it has handlers: a first process is not told what it has none for."""
    for _ in range(600):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in map(int, children):
            caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{child}/status").read_text(), re.M)
            if caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
                return child
        time.sleep(0.05)
    raise AssertionError("it never had its handlers")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root may be process 1")
@pytest.mark.parametrize("number", ENDING)
def test_as_process_1_it_leaves_with_the_status_of_the_signal(
    number: signal.Signals, url: str, tmp_path: Path
) -> None:
    """The first process of a container cannot die of a signal that it sends itself."""
    if subprocess.run(["unshare", "--pid", "--fork", "true"], check=False).returncode:
        pytest.skip("no namespace of processes is to be had")
    write_wav(tmp_path / "in.wav", tone(60_000))
    for delay in (0.1, 1.0):
        program = subprocess.Popen(
            ["unshare", "--pid", "--fork", sys.executable, "-m", "s2s", "send-wav", "in.wav",
             "--url", url, "-o", f"{delay}.wav"],
            cwd=tmp_path, env=clean_environment(tmp_path), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        first = handling(program.pid)
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(delay)
        os.kill(first, number)
        _, told = program.communicate(timeout=60)
        assert "Traceback" not in told
        assert program.returncode == 128 + number


def test_so_does_one_that_is_a_key_to_the_live_view(url: str, tmp_path: Path) -> None:
    """There the terminal sends no signal: the shell learns of it from us alone."""
    write_wav(tmp_path / "in.wav", tone(20_000))
    program = f"{sys.executable} -m s2s talk --in in.wav --turns manual --url {url}"
    loop = f"for i in 1 2 3; do {program} --out $i.wav; echo after $i; done"
    with PseudoTerminal(cwd=tmp_path, program=["bash", "-c", loop]) as terminal:
        partial = tmp_path / "1.partial.wav"
        assert terminal.wait(lambda: partial.exists() and partial.stat().st_size > 44)
        terminal.press("\x03")
        assert terminal.leave() == -signal.SIGINT
    assert "after" not in terminal.shown
    assert not list(tmp_path.glob("2*.wav"))
