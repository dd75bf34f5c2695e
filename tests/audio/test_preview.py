"""One microphone is heard at a time, and one that is slow to open holds nobody up."""

from __future__ import annotations

import threading

import pytest
from fakes import tone
from virtual_audio import Waiting

from s2s import pcm
from s2s.audio.devices.choice import Device
from s2s.audio.devices.preview import Preview
from s2s.audio.devices.protocols import Post
from s2s.audio.events import AudioCaptured, DeviceLost
from s2s.errors import Bug, SoundError


def device(index: int) -> Device:
    return Device(index, f"microphone {index}", "ALSA", 1, 0, 48_000)


class Shelf(Waiting):
    """Microphones that say what happens to them; those in `slow` open when they are let."""

    def __init__(self, slow: int | None = None) -> None:
        super().__init__()
        self.happened: list[str] = []
        self.posts: dict[int, Post] = {}
        self.slow = slow
        self.let = threading.Event()

    def take(self, device: Device) -> ShelfMicrophone:
        return ShelfMicrophone(self, device.index)

    def tell(self, what: str) -> None:
        with self.changed:
            self.happened.append(what)
            self.changed.notify_all()

    def wait_until(self, *happened: str) -> None:
        assert self.wait(lambda: self.happened == list(happened)), self.happened


class ShelfMicrophone:
    def __init__(self, shelf: Shelf, index: int) -> None:
        self.shelf = shelf
        self.index = index

    def start(self, post: Post) -> None:
        if self.index == self.shelf.slow:
            self.shelf.tell(f"{self.index} is opening")
            assert self.shelf.let.wait(20)
        if self.index == 13:
            raise SoundError("It is in use.")
        if self.index == 14:
            raise ZeroDivisionError
        self.shelf.posts[self.index] = post
        self.shelf.tell(f"{self.index} opens")

    def close(self) -> None:
        self.shelf.tell(f"{self.index} closes")


def test_the_level_is_that_of_the_microphone_that_was_asked_for_last() -> None:
    shelf = Shelf()
    preview = Preview(shelf.take, lambda: None)
    first = preview.listen_to(device(1))
    shelf.wait_until("1 opens")
    assert first.meter is None
    shelf.posts[1](AudioCaptured(pcm.silence(20)))
    assert first.only_zeros
    shelf.posts[1](AudioCaptured(tone(20, level=0.5)))
    assert first.meter
    assert first.meter.peak > 0.4
    assert not first.only_zeros
    second = preview.listen_to(device(2))
    shelf.wait_until("1 opens", "1 closes", "2 opens")
    assert second.meter is None
    preview.close()
    shelf.wait_until("1 opens", "1 closes", "2 opens", "2 closes")


def test_while_one_opens_slowly_those_that_were_passed_by_are_left_out() -> None:
    shelf = Shelf(slow=1)
    preview = Preview(shelf.take, lambda: None)
    preview.listen_to(device(1))
    shelf.wait_until("1 is opening")
    for index in (2, 3, 4):
        preview.listen_to(device(index))  # returns at once, though 1 is still opening
    assert shelf.happened == ["1 is opening"]
    shelf.let.set()
    shelf.wait_until("1 is opening", "1 opens", "1 closes", "4 opens")
    preview.close()


def test_one_that_does_not_open_says_why_and_the_next_one_opens() -> None:
    shelf = Shelf()
    drawn = threading.Event()
    preview = Preview(shelf.take, drawn.set)
    busy = preview.listen_to(device(13))
    assert drawn.wait(20)
    assert busy.error
    assert busy.error.message == "It is in use."
    preview.listen_to(device(2))
    shelf.wait_until("13 closes", "2 opens")
    preview.close()


def test_a_mistake_is_told_and_the_next_one_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda ended: told.append(ended.exc_type))
    shelf = Shelf()
    drawn = threading.Event()
    preview = Preview(shelf.take, drawn.set)
    broken = preview.listen_to(device(14))
    assert drawn.wait(20)
    assert isinstance(broken.error, Bug)
    preview.listen_to(device(2))
    shelf.wait_until("14 closes", "2 opens")
    preview.close()
    assert told == [ZeroDivisionError]


def test_one_that_is_lost_says_so() -> None:
    shelf = Shelf()
    preview = Preview(shelf.take, lambda: None)
    heard = preview.listen_to(device(1))
    shelf.wait_until("1 opens")
    shelf.posts[1](DeviceLost("microphone", SoundError("It is lost.")))
    assert heard.error
    assert heard.error.message == "It is lost."
    preview.close()
