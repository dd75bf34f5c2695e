"""What a search for a device leaves as it was, and what passes meanwhile."""

from __future__ import annotations

import pytest
from test_reopening import BUILT_IN, YETI, Search

from s2s.audio.devices.choice import Device, choose
from s2s.audio.devices.protocols import Side
from s2s.audio.events import DeviceBack, DeviceStillGone
from s2s.session.reopening import Reopening

HEADSET = Device(2, "Headset", "ALSA", 2, 2, 48_000)


@pytest.fixture(autouse=True)
def no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what this machine lacks nothing is to be found out."""
    monkeypatch.setenv("PULSE_SERVER", "none")


def test_a_choice_that_does_not_open_leaves_the_one_that_was_chosen_before() -> None:
    search = Search(BUILT_IN, YETI, HEADSET)
    assert search.again("speaker", "Yeti") == DeviceBack("speaker", "Yeti", 1200)
    search.system.busy.add("Headset")
    assert isinstance(search.again("speaker", "Headset"), DeviceStillGone)
    assert search.again("speaker") == DeviceBack("speaker", "Yeti", 1200)


class Counting(Search):
    """Counts how often time was let pass."""

    def __init__(self, *there: Device) -> None:
        super().__init__(*there)
        self.stood_still = 0

    def runs(self, side: Side) -> bool:
        return False

    def gap_ms(self, side: Side) -> int:
        return 700

    def expect(self, side: Side, name: str) -> None:
        raise AssertionError("there is nothing to be opened")

    def pause(self, leaving: Side) -> None:
        raise AssertionError("nobody has to make room")

    def stand_still(self) -> None:
        self.stood_still += 1


def test_with_each_search_that_finds_nothing_time_goes_on_for_those_who_wait() -> None:
    search = Counting(YETI)
    search.system.there.clear()
    search.reopening = Reopening(
        search.system, search.child, search, lambda devices, side: choose(devices, None, side),
        search.system.start, search.posted, opened={}, named={},
    )  # fmt: skip
    for tries in (1, 2, 3):
        assert isinstance(search.again(), DeviceStillGone)
        assert search.stood_still == tries
