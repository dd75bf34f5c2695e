"""The toolbar, field by field."""

from __future__ import annotations

from decimal import Decimal

import pytest
import stories
from fakes import tone

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.ui.screen.status import Status
from s2s.ui.screen.wrapping import cells


def toolbar(status: Status, width: int = 80) -> str:
    return "".join(text for _, text in status.row(width))


def told(*happened: stories.Happening, at: float = 0.0) -> Status:
    status = Status()
    for each in happened:
        status.observe(at, each)
    status.tick()
    return status


def test_a_quiet_beginning() -> None:
    assert toolbar(Status()) == " ● connecting   mic ··········   0:00  ? keys"


@pytest.mark.parametrize(
    ("level", "meter"),
    [(0.0, 0), (0.0005, 0), (0.0015, 1), (0.002, 2), (0.1, 7), (0.4, 9), (1.0, 10)],
)
def test_the_meter_has_a_cell_for_each_six_decibels(level: float, meter: int) -> None:
    status = told(on.AudioCaptured(tone(20, level=min(level, 0.99))))
    assert toolbar(status).count("█") == meter


def test_the_meter_rises_at_once_and_falls_cell_by_cell() -> None:
    status = told(on.AudioCaptured(tone(20, level=0.4)))
    status.observe(0.0, on.AudioCaptured(pcm.silence(20)))
    for cells_left in (8, 7, 6):
        status.tick()
        assert toolbar(status).count("█") == cells_left


def test_clipping_is_marked_for_a_moment_and_moves_nothing() -> None:
    status = told(on.AudioCaptured(tone(20, level=1.0)))
    assert " mic ██████clip " in toolbar(status)
    clipped = len(toolbar(status))
    status.observe(1.6, on.AudioCaptured(pcm.silence(20)))
    assert "clip" not in toolbar(status)
    assert len(toolbar(status)) == clipped


def test_a_muted_microphone_is_told_twice() -> None:
    assert "● muted        mic off" in toolbar(told(do.ShowState("listening", muted=True)))
    assert "● speaking     mic off" in toolbar(told(do.ShowState("speaking", muted=True)))


def test_fields_stand_still_whatever_the_state() -> None:
    states: list[do.State] = ["connecting", "listening", "hearing you", "thinking", "speaking"]
    assert len({toolbar(told(do.ShowState(state))).index("mic") for state in states}) == 1


def test_time_and_latency_are_told() -> None:
    status = told(do.ConfigureSession(), do.CommitAudio())
    status.observe(1.0, on.PartStarted(stories.PART))
    status.observe(65.0, do.ShowState("listening"))
    assert toolbar(status).endswith(" 1:05  answered in 1.2 s  space to talk  ? keys")


def test_a_turn_of_the_key_says_how_it_ends() -> None:
    assert toolbar(told(do.ShowState("hearing you", talking=True))).endswith("space ends your turn")


def test_lost_sound_is_told_only_if_there_is_any() -> None:
    status = told(on.AudioCaptured(b"", overrun=True), on.PlayoutUnderrun(stories.PART, 20))
    status.observe(0.0, on.PlayoutUnderrun(stories.PART, 20))
    assert "2 underruns, 1 overrun" in toolbar(status)


@pytest.mark.parametrize("width", range(1, 90))
def test_a_narrow_terminal_shows_what_matters_most(width: int) -> None:
    shown = toolbar(told(do.ShowState("hearing you")), width)
    assert cells(shown) <= width
    assert ("hearing you" in shown) == (width > 14)


def test_a_terminal_without_unicode_gets_none() -> None:
    status = Status(ascii_only=True)
    status.observe(0.0, on.AudioCaptured(tone(20)))
    status.tick()
    assert toolbar(status).isascii()


CANCELLING = on.EchoJudged("cancelling", 38.2)
COST = do.ShowCost(Decimal("0.12"))


def test_what_is_done_about_echo_and_what_it_costs_are_told() -> None:
    shown = toolbar(told(do.ShowState("listening"), CANCELLING, COST))
    assert shown == " ● listening    mic ··········  echo cancelled, 38 dB  $0.12   0:00  ? keys"


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (on.EchoJudged("judging"), "listening for echo"),
        (on.EchoJudged("cancelling"), "echo cancelled"),
        (on.EchoJudged("headphones", leak_db=-60.0), "headphones"),
        (on.EchoJudged("platform"), "system cancels echo"),
        (on.EchoJudged("half-duplex", 3.0), "half-duplex"),
        (on.EchoJudged("off"), "echo not cancelled"),
    ],
)
def test_each_way_with_echo_has_its_words(judged: on.EchoJudged, words: str) -> None:
    assert f"  {words}  " in toolbar(told(judged))


def test_at_forty_columns_the_state_the_echo_and_the_money_stay() -> None:
    lost = on.PlayoutUnderrun(stories.PART, 20)
    shown = toolbar(told(do.ShowState("hearing you"), CANCELLING, COST, lost), 40)
    assert shown == " ● hearing you  echo -38 dB  $0.12"


@pytest.mark.parametrize("width", range(1, 100))
def test_what_matters_more_never_makes_room_for_what_matters_less(width: int) -> None:
    shown = toolbar(told(do.ShowState("hearing you"), CANCELLING, COST), width)
    assert cells(shown) <= max(width, 1)
    ranked = ["hearing you", "echo", "$0.12", "mic", "0:00"]
    there = [word in shown for word in ranked[:3]]
    assert there == sorted(there, reverse=True)


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (do.ShowCost(Decimal(0)), "$0.00"),
        (do.ShowCost(Decimal("0.12"), ("x has no price",)), "$0.12+"),
        (do.ShowCost(Decimal(0), ("x has no price",)), "no price"),
    ],
)
def test_a_sum_that_lacks_something_does_not_look_whole(cost: do.ShowCost, words: str) -> None:
    assert f"  {words}  " in toolbar(told(cost))


def test_a_device_that_is_gone_is_told_for_as_long_as_it_is() -> None:
    status = told(do.ShowState("listening", gone=("microphone",)), on.AudioCaptured(tone(20)))
    assert toolbar(status) == " ● listening    mic gone         0:00  ? keys"
    status.observe(0.0, do.ShowState("listening", gone=("speaker",)))
    assert "no speaker" in toolbar(status)
    status.observe(0.0, do.ShowState("listening"))
    assert "gone" not in toolbar(status)
    assert "no speaker" not in toolbar(status)
