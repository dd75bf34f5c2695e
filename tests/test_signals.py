"""Signals that ask the program to end are never lost, whatever code they come upon."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has other ways to end")

_PROGRAM = """
import atexit, os, signal, sys, time
from s2s import signals
from s2s.errors import Stopped

TERM, INT = signal.SIGTERM, signal.SIGINT
send = signal.raise_signal

def wait():
    time.sleep(60)
    print("nothing came")

signals.install()
"""


def run(program: str, cwd: Path) -> tuple[int, str]:
    """Return how a small program ended, and all it printed."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM + program],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=50,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_before_there_is_anything_to_clean_up_it_ends_the_program_at_once(tmp_path: Path) -> None:
    for name in ("INT", "TERM"):
        number = getattr(signal, f"SIG{name}")
        assert run(f"send({name}); print('still here')", tmp_path) == (-number, "")


def test_then_it_is_an_exception_and_ends_a_wait(tmp_path: Path) -> None:
    program = """
signals.catch()
try:
    send(TERM)
    wait()
except Stopped as stopped:
    print("cleaned up after", stopped.signal_number)
"""
    assert run(program, tmp_path) == (0, "cleaned up after 15\n")


def test_within_an_import_it_waits_until_the_import_is_over(tmp_path: Path) -> None:
    """A module that takes any exception for a missing part of its own; they exist."""
    (tmp_path / "fussy.py").write_text(
        "import signal\n"
        "try:\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    sum(range(100_000))\n"
        "except Exception:\n"
        "    print('no accelerator')\n"
    )
    program = """
sys.path.insert(0, ".")
signals.catch()
try:
    import fussy
    wait()
except Stopped:
    print("stopped, imported:", "fussy" in sys.modules)
"""
    assert run(program, tmp_path) == (0, "stopped, imported: True\n")


def test_where_python_drops_exceptions_it_comes_again(tmp_path: Path) -> None:
    program = """
class Dropping:
    def __del__(self):
        send(TERM)

signals.catch()
try:
    Dropping()
    wait()
except Stopped:
    print("stopped")
"""
    assert run(program, tmp_path) == (0, "stopped\n")


def test_while_it_is_held_it_is_noted_and_then_passed_on(tmp_path: Path) -> None:
    program = """
signals.catch()
try:
    with signals.held():
        send(TERM)
        print("made and handed over")
    print("not reached")
except Stopped:
    print("stopped")
"""
    assert run(program, tmp_path) == (0, "made and handed over\nstopped\n")


def test_while_an_event_loop_is_being_set_up_it_is_noted_for_the_loop(tmp_path: Path) -> None:
    program = """
import asyncio, warnings
from s2s.cli.runner import run
warnings.simplefilter("ignore")  # of policies, which are on their way out

class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        send(TERM)
        return super().new_event_loop()

async def work():
    try:
        await asyncio.sleep(60)
        print("nothing came")
    finally:
        print("cleaned up")

signals.catch()
asyncio.set_event_loop_policy(Policy())
try:
    run(work())
except Stopped:
    print("stopped")
"""
    assert run(program, tmp_path) == (0, "cleaned up\nstopped\n")


def test_what_takes_a_cancellation_for_its_own_does_not_lose_the_signal(tmp_path: Path) -> None:
    program = """
import asyncio
from s2s.cli.runner import run

async def work():
    send(TERM)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return "nothing was chosen"

signals.catch()
try:
    print(run(work()))
except Stopped:
    print("stopped")
"""
    assert run(program, tmp_path) == (0, "stopped\n")


def test_the_same_signal_twice_at_once_is_one_wish(tmp_path: Path) -> None:
    """`timeout` sends its own twice; the second must not disturb the cleaning up."""
    program = """
signals.catch()
try:
    send(TERM)
except Stopped:
    send(TERM)
    print("cleaned up")
"""
    assert run(program, tmp_path) == (0, "cleaned up\n")


def test_the_program_dies_of_it_when_all_else_is_done(tmp_path: Path) -> None:
    program = """
import threading
saving = threading.Thread(target=lambda: (time.sleep(0.2), print("saved")))
saving.start()
atexit.register(print, "tidied up")
signals.release()
signals.die_at_exit(INT)
sys.exit(130)
"""
    assert run(program, tmp_path) == (-signal.SIGINT, "saved\ntidied up\n")


def test_a_hangup_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    program = "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    command = ["nohup", sys.executable, "-c", _PROGRAM + program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
