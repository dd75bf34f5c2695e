"""The thread that calls PortAudio outlives what goes wrong on it, and what went wrong is told."""

from __future__ import annotations

import threading
import time
from concurrent.futures import TimeoutError

import pytest
from virtual_audio import Waiting

from s2s.audio.devices.portaudio_thread import PortAudioThread


class Told(Waiting):
    """What `threading.excepthook` was told."""

    def __init__(self) -> None:
        super().__init__()
        self.bugs: list[type[BaseException]] = []

    def __call__(self, ended: threading.ExceptHookArgs) -> None:
        with self.changed:
            self.bugs.append(ended.exc_type)
            self.changed.notify_all()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()
    monkeypatch.setattr(threading, "excepthook", told)
    return told


def fail() -> None:
    raise ZeroDivisionError


def test_looks_that_fail_are_told_once(told: Told) -> None:
    looks = threading.Semaphore(0)

    def look() -> None:
        looks.release()
        fail()

    thread = PortAudioThread(look)
    for _ in range(3):
        assert looks.acquire(timeout=20)
    thread.end()
    assert told.bugs == [ZeroDivisionError]


def test_what_fails_while_nobody_waits_is_told(told: Told) -> None:
    thread = PortAudioThread(lambda: None)
    thread.give(fail)
    assert told.wait(lambda: told.bugs == [ZeroDivisionError])
    assert thread.call(lambda: 5, 20) == 5
    thread.end()


def test_what_fails_while_somebody_waits_is_raised_there(told: Told) -> None:
    thread = PortAudioThread(lambda: None)
    with pytest.raises(ZeroDivisionError):
        thread.call(fail, 20)
    thread.end()
    assert not told.bugs


def test_a_call_that_hung_and_came_back_lets_others_through(told: Told) -> None:
    thread = PortAudioThread(lambda: None)
    hangs = threading.Event()
    with pytest.raises(TimeoutError):
        thread.call(hangs.wait, 0.01)
    assert thread.stuck
    with pytest.raises(TimeoutError):
        thread.call(lambda: 5, 20)
    hangs.set()
    for _ in range(2000):
        if not thread.stuck:
            break
        time.sleep(0.01)
    assert thread.call(lambda: 5, 20) == 5
    thread.end()
