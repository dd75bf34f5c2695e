"""The user's sound that the endpoint has not made an item of: whatever was sent of it may be lost.

It is kept whether or not it was handed to the network, and sent again over the next connection
from the beginning of the turn. What is kept while nobody speaks is the last ten seconds: the
endpoint may have heard a turn begin that it could not tell us of any more.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from s2s import pcm
from s2s.conversation import commands as do

QUIET_MS = 10_000  # of sound that is kept while nobody speaks
AWAY_MS = 60_000  # while there is no connection, or something was not heard
TURN_MS = 300_000  # of one turn
LEAD_MS = 500  # from before the first sound, when it is sent again
AGAIN_MS = 1_000  # in one message then
_SILENT = 0.005  # what never gets louder holds no speech

Input = do.SendAudio | do.ClearInput | do.CommitAudio


class Unconfirmed:
    """A log of orders; positions are bytes of PCM since the session's first sample."""

    def __init__(self) -> None:
        self.away = False  # there is no connection
        self.unheard = False  # something was said, and the endpoint has said nothing to it
        self.lost = 0  # bytes of sound that are not kept any more
        self._log: deque[Input] = deque()
        self._size = 0
        self._first = 0  # where the log begins
        self._start: int | None = None  # where the turn begins that the endpoint hears
        self._speech = False

    def note(self, order: Input) -> None:
        """Keep what is sent, or would be if there were a connection."""
        if isinstance(order, do.ClearInput):
            while self._log and not isinstance(self._log[-1], do.CommitAudio):
                self._size -= _size(self._log.pop())
            return
        self._log.append(order)
        self._size += _size(order)
        waits = self.away or self.unheard
        most_ms = TURN_MS if self._speech else AWAY_MS if waits else QUIET_MS
        while self._size > pcm.size_of(most_ms):
            dropped = self._drop()
            if (self._speech or self.away) and _sounds(dropped):
                self.lost += _size(dropped)

    def _drop(self) -> Input:
        order = self._log.popleft()
        self._size -= _size(order)
        self._first += _size(order)
        return order

    def speech_started(self, start_ms: int | None) -> None:
        """The endpoint hears a turn, which begins there."""
        self._speech = True
        self._start = self._first if start_ms is None else pcm.size_of(start_ms)

    def not_sent(self, ms: int) -> None:
        """So much of what is kept has not reached the endpoint: it counts without that."""
        self._first -= pcm.size_of(ms)

    def committed(self, end_ms: int | None) -> bytes:
        """Forget a turn that is an item now, and ends there; return its sound.

        A turn of the key ends where it was committed.
        """
        by_key = any(isinstance(each, do.CommitAudio) for each in self._log)
        end = self._first + self._size if end_ms is None else pcm.size_of(end_ms)
        turn = bytearray()
        while self._log and (by_key or self._first < end):
            at, order = self._first, self._drop()
            if isinstance(order, do.CommitAudio):
                break
            if isinstance(order, do.SendAudio) and at >= (self._start or 0):
                turn += order.pcm
        self._start, self._speech = None, False
        return bytes(turn)

    def again(self) -> list[do.Command]:
        """Return what a new session has still to hear, and begin anew."""
        while self._start is not None and self._first < self._start and self._log:
            self._drop()
        log, self._log, self._size, self._first = list(self._log), deque(), 0, 0
        self._start, self._speech = None, False
        return _joined(_from_first_sound(log))


def _from_first_sound(log: list[Input]) -> list[Input]:
    """Leave out the silence before the first sound, all but a little; a key's turn is whole."""
    if any(isinstance(each, do.CommitAudio) for each in log):
        return log
    sounds = (index for index, each in enumerate(log) if _sounds(each))
    first = next(sounds, None)
    if first is None:
        return []
    lead = 0
    while first and lead < pcm.size_of(LEAD_MS):
        first -= 1
        lead += _size(log[first])
    return log[first:]


def _joined(log: list[Input]) -> list[do.Command]:
    """Put chunks together, for fewer messages."""
    joined: list[do.Command] = []
    for order in log:
        last = joined[-1] if joined else None
        if not isinstance(order, do.SendAudio):
            joined.append(order)
        elif isinstance(last, do.SendAudio) and len(last.pcm) < pcm.size_of(AGAIN_MS):
            joined[-1] = replace(last, pcm=last.pcm + order.pcm)
        else:
            joined.append(replace(order, again=True))
    return joined


def _size(order: do.Command) -> int:
    return len(order.pcm) if isinstance(order, do.SendAudio) else 0


def _sounds(order: do.Command) -> bool:
    whole = order.pcm[: _size(order) & ~1] if isinstance(order, do.SendAudio) else b""
    return pcm.peak(whole) >= _SILENT
