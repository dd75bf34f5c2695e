"""The playout after a clear: a fade to nothing, and then a fresh start."""

from __future__ import annotations

from array import array

from s2s import pcm
from s2s.audio.live.playout import FADE_MS, Playout
from s2s.conversation.events import (
    AudioPlayed,
    Heard,
    Part,
    PartPlayed,
    PartStarted,
    PlayoutUnderrun,
)

ONE = Part("resp", "item_1", 0, 0)
TWO = Part("resp", "item_2", 1, 0)
BLOCK = pcm.size_of(10)


def loud(ms: float, value: int = 1000) -> bytes:
    return value.to_bytes(2, "little", signed=True) * (pcm.size_of(ms) // 2)


def pull(playout: Playout, ms: int) -> tuple[bytes, list[object]]:
    """What sounds in `ms`, pulled as a sound card does, and what it brought."""
    audio, happened = b"", list[object]()
    for _ in range(ms // 10):
        block, brought = playout.pull(BLOCK)
        audio += block
        happened += [each for each in brought if not isinstance(each, AudioPlayed)]
    return audio, happened


def test_a_fade_goes_down_in_a_straight_line_without_a_step() -> None:
    for value in (20_000, -20_000):
        playout = Playout()
        playout.add(ONE, loud(1000, value))
        pull(playout, 100)
        playout.clear()
        faded = array("h", pull(playout, FADE_MS)[0])
        count = len(faded)
        for index, sample in enumerate(faded):
            assert abs(sample - value * (count - index) / (count + 1)) <= 1
        assert abs(faded[0]) < abs(value)
        assert abs(faded[-1]) > 0


def test_after_a_clear_the_next_part_fills_its_prebuffer_first() -> None:
    playout = Playout()
    playout.add(ONE, loud(500))
    pull(playout, 100)
    playout.clear()
    pull(playout, 20)
    playout.add(TWO, loud(20))
    assert pull(playout, 20) == (pcm.silence(20), [])
    playout.add(TWO, loud(80))
    assert pull(playout, 10)[1] == [PartStarted(TWO, 140)]


def test_a_part_that_was_only_held_back_leaves_no_fade() -> None:
    """It ran dry, and what came since never sounded: it does not begin to by being dropped."""
    playout = Playout()
    playout.add(ONE, loud(60))
    pull(playout, 80)
    playout.add(ONE, loud(20))
    pull(playout, 10)
    assert playout.clear() == (Heard(ONE, 60),)
    assert pull(playout, 20)[0] == pcm.silence(20)


def test_a_part_that_waits_behind_another_was_not_heard() -> None:
    playout = Playout()
    playout.add(ONE, loud(100))
    playout.end(ONE)
    playout.add(TWO, loud(100))
    pull(playout, 50)
    assert playout.clear() == (Heard(ONE, 50 + FADE_MS), Heard(TWO, 0))


def test_silence_before_a_clear_is_no_underrun_of_what_comes_after_it() -> None:
    playout = Playout()
    playout.add(ONE, loud(60))
    pull(playout, 100)
    playout.clear()
    playout.add(TWO, loud(100))
    playout.end(TWO)
    assert pull(playout, 110)[1] == [PartStarted(TWO, 100), PartPlayed(TWO, 100, 200)]


def test_silence_in_the_middle_of_a_part_is_told_when_it_is_over() -> None:
    playout = Playout()
    playout.add(ONE, loud(60))
    assert pull(playout, 100)[1] == [PartStarted(ONE, 0)]
    playout.add(ONE, loud(60))
    assert pull(playout, 10)[1] == [PlayoutUnderrun(ONE, 40)]


def test_the_end_of_a_part_that_ran_dry_is_where_its_last_sample_was() -> None:
    playout = Playout()
    playout.add(ONE, loud(60))
    pull(playout, 100)
    playout.end(ONE)
    assert pull(playout, 10)[1] == [PartPlayed(ONE, 60, 60)]


# --- pieces and parts


def test_pieces_fill_the_prebuffer_together() -> None:
    playout = Playout(prebuffer_ms=60)
    playout.add(ONE, loud(40))
    assert pull(playout, 10) == (pcm.silence(10), [])
    playout.add(ONE, loud(20))
    assert pull(playout, 60) == (loud(60), [PartStarted(ONE, 10)])


def test_a_block_that_is_made_of_several_pieces_is_exactly_these() -> None:
    playout = Playout(prebuffer_ms=0)
    for value in (1, 2, 3, 4, 5):
        playout.add(ONE, loud(4, value))
    assert pull(playout, 20)[0] == b"".join(loud(4, value) for value in (1, 2, 3, 4, 5))
    assert playout.heard == Heard(ONE, 20)


def test_a_part_that_waits_follows_the_one_before_it_without_a_gap() -> None:
    playout = Playout(prebuffer_ms=60)
    playout.add(ONE, loud(95, 1))
    playout.add(TWO, loud(20, 2))  # less than a prebuffer: what sounds already needs none
    playout.end(ONE)
    audio, happened = pull(playout, 110)
    assert audio == loud(95, 1) + loud(15, 2)
    assert happened == [PartStarted(ONE, 0), PartPlayed(ONE, 95, 95), PartStarted(TWO, 95)]


def test_one_that_comes_when_the_one_before_it_is_over_fills_its_prebuffer() -> None:
    playout = Playout(prebuffer_ms=60)
    playout.add(ONE, loud(100))
    playout.end(ONE)
    pull(playout, 110)
    playout.add(TWO, loud(20))
    assert pull(playout, 20) == (pcm.silence(20), [])
    playout.add(TWO, loud(40))
    assert pull(playout, 10)[1] == [PartStarted(TWO, 130)]


def test_each_gap_of_a_part_is_told_by_itself() -> None:
    playout = Playout()
    playout.add(ONE, loud(60))
    pull(playout, 100)
    for gap_ms in (40, 30):
        playout.add(ONE, loud(60))
        assert pull(playout, 60)[1] == [PlayoutUnderrun(ONE, gap_ms)]
        pull(playout, 30)


def test_a_gap_in_what_comes_after_a_clear_is_told_too() -> None:
    playout = Playout()
    playout.add(ONE, loud(60))
    pull(playout, 100)
    playout.clear()
    playout.add(TWO, loud(60))
    pull(playout, 80)
    playout.add(TWO, loud(60))
    assert pull(playout, 10)[1] == [PlayoutUnderrun(TWO, 20)]
