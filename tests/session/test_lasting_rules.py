"""A microphone that outlives its device: of one that is gone again, and of its own end."""

from __future__ import annotations

import threading

import pytest
from test_record_reconnect import HEARD, LOST, Shelf, meant
from test_reopening import YETI, Child, Posted

from s2s.audio.devices.choice import Device
from s2s.audio.devices.protocols import Microphone, Post, Side
from s2s.audio.events import DeviceBack, DeviceStillGone
from s2s.session.lasting import LastingMicrophone

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what this machine lacks nothing is to be found out."""
    monkeypatch.setenv("PULSE_SERVER", "none")


class Expecting(LastingMicrophone):
    """Tells when the search has opened one."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf.make, YETI, shelf, Child(shelf), meant, {}, again_s=3600.0)
        self.expects = threading.Event()

    def expect(self, side: Side, name: str) -> None:
        super().expect(side, name)
        self.expects.set()

    def opened_again(self) -> None:
        assert self.expects.wait(PATIENCE_S)
        self.expects.clear()


class Prompt(Shelf):
    """The third microphone gives sound while it is being opened."""

    def make(self, device: Device) -> Microphone:
        made, shelf = super().make(device), self

        class Made:
            def start(self, post: Post) -> None:
                made.start(post)
                if len(shelf.posts) == 3:
                    post(HEARD)

            def close(self) -> None:
                made.close()

        return Made()


def test_one_that_is_lost_before_it_gave_anything_was_never_back() -> None:
    shelf, posted = Prompt(YETI), Posted()
    microphone = Expecting(shelf)
    microphone.start(posted)
    shelf.posts[0](LOST)
    microphone.opened_again()
    shelf.posts[1](LOST)
    microphone.opened_again()
    shelf.posts[2](HEARD)
    microphone.close()
    assert sum(isinstance(each, DeviceBack) for each in posted.events) == 1


def test_who_leaves_while_it_is_looked_for_leaves_nothing_that_looks_again() -> None:
    shelf, posted = Shelf(YETI), Posted()
    microphone = Expecting(shelf)
    microphone.start(posted)
    shelf.there.clear()
    shelf.meanwhile = microphone.close
    shelf.posts[0](LOST)
    assert isinstance(posted.answer(), DeviceStillGone)
    for thread in threading.enumerate():
        if thread.name == "reopening":
            thread.join(PATIENCE_S)
    assert not [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
