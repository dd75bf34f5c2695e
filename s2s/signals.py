"""Signals that ask the program to end: what they do at each moment, and how it dies of them.

There is one handler, from `install` to the end. It may run between any two instructions, so what it
does depends on who receives at the moment (without `install` it does nothing: in somebody else's
program the signals are theirs):

    die       nothing has begun that must be cleaned up: the program dies of the signal
    stop      `Stopped` is raised, which also ends a wait
    held      the signal is noted and passed on to whoever receives next
    others    an event loop or an inbox takes it as one more happening

An exception cannot be raised everywhere: within an import it comes out as another one or as none,
and a `__del__` or a callback of C drops it. There it is put off for a moment, until it can be.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from s2s.errors import Stopped, ending_signals

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

Receive = Callable[[int], None]

_SAME_S = 0.3  # `timeout` sends its signal twice, shell and kernel a hangup each: it is one wish
_PUT_OFF_S = 0.02
_CAN_PUT_OFF = hasattr(signal, "setitimer")  # not on Windows


def die(number: int) -> NoReturn:
    """End the program at once, by the signal if the system lets it."""
    _kill(number)
    os._exit(128 + number)


class _State:
    """What the handler knows; there is one, as there is one process."""

    def __init__(self) -> None:
        self.receive: Receive = die
        self.came = (0, 0.0)  # the last signal, and when
        self.put_off = self.dies_of = 0  # signals


_state = _State()


def install() -> None:
    """Take over the signals; until `catch` they end the program at once."""
    sys.unraisablehook = _dropped
    atexit.register(_die_at_exit)  # the first to be registered is the last to run
    for number in ending_signals():
        signal.signal(number, _handle)


def catch() -> None:
    """Raise `Stopped` from now on: there will be something to clean up."""
    _state.receive = stop


def stop(number: int) -> None:
    """Raise `Stopped`; put it off where it would not get through."""
    if _CAN_PUT_OFF and _importing():
        _put_off(number)
    else:
        raise Stopped(number)


@contextlib.contextmanager
def received_by(receive: Receive) -> Iterator[None]:
    """Let `receive` be called with each signal, from within the handler."""
    before, _state.receive = _state.receive, receive
    try:
        yield
    finally:
        _state.receive = before


@contextlib.contextmanager
def held() -> Iterator[list[int]]:
    """Note the signals that come meanwhile; what is left of them then goes to who received before.

    For what must not be torn apart and does not wait for anybody.
    """
    noted: list[int] = []
    try:
        with received_by(noted.append):
            yield noted
    finally:
        if noted:
            _state.receive(noted[0])


def release() -> None:
    """Say that all is cleaned up: what comes now ends the program at once."""
    _state.receive = die
    for number in ending_signals():
        if signal.getsignal(number) is _handle:
            signal.signal(number, signal.SIG_DFL)


def die_at_exit(number: int) -> None:
    """Have the program end by the signal, once Python has done all it does at the end.

    The loop of a shell that runs it ends then as well. Process 1 cannot, nor can a program on
    Windows: they leave with the status they have.
    """
    _state.dies_of = number


def _handle(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    last, at = _state.came
    if number == last and now - at < _SAME_S:
        return
    _state.came = number, now
    _state.receive(number)


def _importing() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _put_off(number: int) -> None:
    """Have the signal received again soon. A timer of the system's: a thread needs locks."""
    _state.put_off = number
    signal.signal(signal.SIGALRM, _come_again)
    signal.setitimer(signal.ITIMER_REAL, _PUT_OFF_S)


def _come_again(number: int, frame: FrameType | None) -> None:
    _state.receive(_state.put_off)


def _dropped(unraisable: UnraisableHookArgs) -> None:
    """Put off a `Stopped` that was raised where Python drops exceptions."""
    if _CAN_PUT_OFF and isinstance(unraisable.exc_value, Stopped):
        _put_off(unraisable.exc_value.signal_number)
    else:
        sys.__unraisablehook__(unraisable)


def _die_at_exit() -> None:
    if _state.dies_of:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        if _state.dies_of != _state.came[0]:
            _kill_group(_state.dies_of)
        _kill(_state.dies_of)


def _kill_group(number: int) -> None:
    """Pass on a Ctrl-C that was a key to us, as the terminal would have done.

    A script's shell goes on with its loop unless the signal has come to itself too.
    """
    with contextlib.suppress(OSError, AttributeError):  # no terminal, or Windows
        group = os.getpgrp()
        if os.tcgetpgrp(0) == group:
            signal.signal(number, signal.SIG_IGN)  # not yet
            os.killpg(group, number)


def _kill(number: int) -> None:
    if os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
