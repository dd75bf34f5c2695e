"""A device that was lost is opened again, or another one in its place.

It is tried first with the devices that PortAudio knows: at once if the other side does not run
either, else if a child process finds it there. Only if PortAudio cannot open what the child finds
it is started again, for which the other side stands still for a moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from typing import Protocol

from s2s.audio.devices.choice import Device, choose, grouped
from s2s.audio.devices.protocols import Post, Side
from s2s.audio.events import DeviceLost, DevicesListed, DeviceStillGone
from s2s.errors import Bug, S2SError, SoundError

SYSTEMS_OWN = "default"
_SUSPECT = 3  # tries that fail though the device is there: what PortAudio knows of it may be stale;
# and looks that fail

Choose = Callable[[Sequence[Device], Side], Device]


class System(Protocol):
    """What lists devices."""

    @property
    def stuck(self) -> bool: ...

    def devices(self) -> list[Device]: ...

    def restart(self) -> None: ...


class Look(Protocol):
    """What lists the devices that are there now."""

    def devices(self) -> list[Device]: ...

    def close(self) -> None: ...


class Sides(Protocol):
    """What knows whether a device runs, and posts `DeviceBack` when one that is expected does."""

    def runs(self, side: Side) -> bool: ...

    def gap_ms(self, side: Side) -> int: ...

    def expect(self, side: Side, name: str) -> None: ...

    def pause(self, leaving: Side) -> None: ...

    def stand_still(self) -> None: ...


class Reopening:
    """Works on a thread of its own, one device after another; posts what does not open.

    `choose` finds the device that the settings mean, unless it has a name in `named`.
    """

    def __init__(
        self,
        system: System,
        look: Look,
        sides: Sides,
        choose: Choose,
        start: Callable[[Side, Device], None],
        post: Post,
        *,
        opened: Mapping[Side, Device],
        named: Mapping[Side, str],
    ) -> None:
        self.devices = dict(opened)  # those that were opened last
        self._system, self._look, self._sides = system, look, sides
        self._choose, self._start, self._post = choose, start, post
        self._named = dict(named)
        self._unseen: set[Side] = set()  # it was not there in a look
        self._failed: dict[Side, int] = {}  # tries
        self._blind = 0  # looks in a row that told nothing
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def reopen(self, side: Side, name: str = "") -> None:
        """Open the device of a side, or the one called `name`; soon."""
        self._give(lambda: self._reopen(side, name))

    def list(self, sides: Sequence[Side]) -> None:
        """Post which devices there are; soon."""
        self._give(lambda: self._post(DevicesListed(tuple(self._listed(sides)))))

    def close(self) -> None:
        """Open nothing more; what hangs is left behind."""
        self._closed = True
        self._work.put(None)
        self._look.close()

    def _give(self, work: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="reopening", daemon=True)
            self._thread.start()
        self._work.put(work)

    def _run(self) -> None:
        while (work := self._work.get()) and not self._closed:
            work()

    def _reopen(self, side: Side, name: str) -> None:
        before = self._named.get(side)
        if name:
            self._named[side] = name
        try:
            device = self._open(side)
        except S2SError as error:
            if name:
                del self._named[side]
                self._named.update({} if before is None else {side: before})
            self._failed[side] = self._failed.get(side, 0) + 1
            self._sides.stand_still()
            self._post(DeviceStillGone(side, error, self._sides.gap_ms(side)))
        except Exception as exc:
            self._post(DeviceLost(side, Bug(f"The {side} was not opened again", exc)))
        else:
            self.devices[side] = device
            self._unseen.discard(side)
            self._failed[side] = 0
            self._sides.expect(side, device.name)

    def _open(self, side: Side) -> Device:
        """Return the device that was opened. Raises `S2SError` if there is none to open."""
        known = self._system.devices()
        there = self._there_beside(side)
        tried: Device | None = None
        failed: S2SError | None = None
        try:
            tried = self._meant(known, side)
            if there is None or _name(tried) in map(_name, there):
                return self._started(side, tried)
        except S2SError as error:
            if self._closed or self._system.stuck:
                raise
            failed = error
        if there is None:
            there = self._look.devices()
        try:
            device = self._meant(there, side)
        except S2SError:
            self._unseen.add(side)
            raise
        if self._is_stale(device, known, side):
            self._unseen.discard(side)
            self._sides.pause(side)
            self._system.restart()
            return self._started(side, self._meant(self._system.devices(), side))
        if failed and tried and _name(tried) == _name(device):
            raise failed
        return self._started(side, device)

    def _there_beside(self, side: Side) -> Sequence[Device] | None:
        """Return what a child sees while the other side runs; None: nothing has to be looked for.

        An opening that fails may seem to succeed to PortAudio while another stream runs (on ALSA
        all of its threads share one variable for errors), and then it aborts the process.
        """
        if self._closed or self._system.stuck or not self._sides.runs(_other(side)):
            return None
        try:
            there = self._look.devices()
        except SoundError:
            self._blind += 1
            if self._blind < _SUSPECT:
                raise
            return None  # no child can look here: it has to be tried
        self._blind = 0
        return there

    def _is_stale(self, device: Device, known: Sequence[Device], side: Side) -> bool:
        """Whether what PortAudio knows cannot be used to open a device that is there."""
        if _name(device) not in map(_name, known) or side in self._unseen:
            return True
        return self._failed.get(side, 0) == _SUSPECT or not self._sides.runs(_other(side))

    def _meant(self, devices: Sequence[Device], side: Side) -> Device:
        name = self._named.get(side)
        return choose(devices, name, side) if name else self._choose(devices, side)

    def _started(self, side: Side, device: Device) -> Device:
        if self._closed:
            raise SoundError("It is over.")
        self._start(side, device)
        return device

    def _listed(self, sides: Sequence[Side]) -> Sequence[tuple[Side, str]]:
        try:
            devices = self._look.devices()
        except SoundError:  # then those that were there at the beginning
            try:
                devices = self._system.devices()
            except SoundError:
                return []
        choices: list[tuple[Side, str]] = []
        for side in sides:
            groups = grouped(device for device in devices if device.channels(side))
            names = [group[0].name for group in groups]
            names = [SYSTEMS_OWN, *names] if names else []
            choices += [(side, name) for name in dict.fromkeys(names)]
        return choices


def _other(side: Side) -> Side:
    return "speaker" if side == "microphone" else "microphone"


def _name(device: Device) -> tuple[str, str]:
    return device.name, device.host_api
