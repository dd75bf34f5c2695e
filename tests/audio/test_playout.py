"""The jitter buffer: what is pulled is what is heard, and the playhead counts it."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from s2s import pcm
from s2s.audio.events import Heard, PartPlayed, PartStarted, PlayoutUnderrun
from s2s.audio.live.playout import FADE_MS, Happening, Playout
from s2s.conversation.events import Part

ONE = Part("resp", "item_1", 0, 0)
TWO = Part("resp", "item_2", 1, 0)
BLOCK = pcm.size_of(10)


def loud(ms: float, value: int = 1000) -> bytes:
    return value.to_bytes(2, "little", signed=True) * (pcm.size_of(ms) // 2)


def listen(playout: Playout, blocks: int) -> tuple[bytes, list[Happening]]:
    """Pull `blocks` blocks of 10 ms, as a sound card does."""
    pulled: list[bytes] = []
    happened: list[Happening] = []
    for _ in range(blocks):
        block, brought = playout.pull(BLOCK)
        assert len(block) == BLOCK
        pulled.append(block)
        happened += brought
    return b"".join(pulled), happened


def test_a_part_plays_from_its_first_sample_to_its_last() -> None:
    playout = Playout()
    playout.add(ONE, loud(100))
    playout.end(ONE)
    audio, happened = listen(playout, 12)
    assert audio == loud(100) + pcm.silence(20)
    assert happened == [PartStarted(ONE), PartPlayed(ONE, 100)]


def test_less_than_the_prebuffer_waits_until_its_part_has_ended() -> None:
    playout = Playout(prebuffer_ms=60)
    playout.add(ONE, loud(40))
    assert listen(playout, 5) == (pcm.silence(50), [])
    playout.end(ONE)
    assert listen(playout, 4)[0] == loud(40)


def test_ten_minutes_at_once_play_whole() -> None:
    playout = Playout()
    playout.add(ONE, loud(600_000))
    playout.end(ONE)
    assert listen(playout, 60_001)[1][-1] == PartPlayed(ONE, 600_000)


def test_a_clear_fades_and_the_fade_counts_as_heard() -> None:
    playout = Playout()
    playout.add(ONE, loud(1000))
    listen(playout, 30)
    assert playout.clear() == (Heard(ONE, 300 + FADE_MS),)
    audio, _ = listen(playout, 5)
    samples = memoryview(audio).cast("h").tolist()
    fade = pcm.size_of(FADE_MS) // 2
    assert samples[0] > 900
    assert all(a >= b for a, b in itertools.pairwise(samples))
    assert not any(samples[fade:])


def test_a_part_that_was_never_begun_was_heard_for_0_ms() -> None:
    playout = Playout()
    playout.add(ONE, loud(1000))
    playout.add(TWO, loud(1000))
    listen(playout, 10)
    assert playout.clear() == (Heard(ONE, 110), Heard(TWO, 0))


def test_what_was_held_back_by_the_prebuffer_was_not_heard() -> None:
    playout = Playout(prebuffer_ms=60)
    playout.add(ONE, loud(40))
    listen(playout, 5)
    assert playout.clear() == (Heard(ONE, 0),)
    assert listen(playout, 5)[0] == pcm.silence(50)


def test_a_part_that_was_heard_whole_is_not_among_the_cleared() -> None:
    playout = Playout()
    playout.add(ONE, loud(100))
    playout.end(ONE)
    listen(playout, 10)
    assert playout.clear() == ()


def test_parts_follow_one_another_without_a_gap() -> None:
    playout = Playout()
    playout.add(ONE, loud(95, 1000))
    playout.add(TWO, loud(95, 2000))
    playout.end(ONE)
    playout.end(TWO)
    audio, happened = listen(playout, 19)
    assert audio == loud(95, 1000) + loud(95, 2000)
    assert happened == [
        PartStarted(ONE),
        PartPlayed(ONE, 95),
        PartStarted(TWO),
        PartPlayed(TWO, 95),
    ]


def test_running_dry_in_the_middle_is_told_with_its_length_and_loses_nothing() -> None:
    playout = Playout(prebuffer_ms=20)
    playout.add(ONE, loud(50))
    listen(playout, 8)
    playout.add(ONE, loud(50))
    playout.end(ONE)
    audio, happened = listen(playout, 5)
    assert audio == loud(50)
    assert happened == [PlayoutUnderrun(ONE, 30), PartPlayed(ONE, 100)]


def test_an_end_that_comes_late_is_no_underrun() -> None:
    playout = Playout(prebuffer_ms=20)
    playout.add(ONE, loud(50))
    listen(playout, 8)
    playout.end(ONE)
    assert listen(playout, 1)[1] == [PartPlayed(ONE, 50)]


def test_the_playhead_is_told_and_silence_without_a_speaker_moves_only_the_count() -> None:
    playout = Playout()
    playout.add(ONE, loud(250))
    listen(playout, 10)
    assert playout.heard == Heard(ONE, 100)
    playout.skip(pcm.size_of(500))
    assert (playout.heard, playout.taken) == (Heard(ONE, 100), pcm.size_of(600))
    assert listen(playout, 15)[0] == loud(150), "what is queued waits"


@given(st.lists(st.tuples(st.sampled_from("acepu"), st.integers(1, 700)), max_size=40))
def test_nobody_ever_heard_more_than_was_received(steps: list[tuple[str, int]]) -> None:
    """Whatever comes in whatever order: heard <= received, and only pulled bytes are heard."""
    playout, part, number = Playout(prebuffer_ms=20), ONE, 0
    received: dict[Part, int] = {}
    for what, amount in steps:
        if what == "a":
            playout.add(part, loud(amount))
            received[part] = received.get(part, 0) + amount
        elif what == "e":
            playout.end(part)
            number += 1
            part = Part("resp", f"next_{number}", 0, 0)
        elif what == "c":
            for heard in playout.clear():
                assert heard.ms <= received.pop(heard.part)
        else:
            for each in playout.pull(amount * 2)[1]:
                if isinstance(each, PartPlayed):
                    assert each.ms == received[each.part]


def test_the_moments_of_a_part_are_counted_in_what_was_pulled() -> None:
    playout = Playout(prebuffer_ms=20)
    listen(playout, 3)  # 30 ms of silence
    playout.add(ONE, loud(45))
    playout.end(ONE)
    playout.add(TWO, loud(50))
    started, played, following = listen(playout, 20)[1]
    assert isinstance(started, PartStarted)
    assert isinstance(played, PartPlayed)
    assert isinstance(following, PartStarted)
    assert [started.at_ms, played.at_ms, following.at_ms] == [30, 75, 75]
    playout.end(TWO)  # it has been silent since 125 ms: that is no part of it
    (ended,) = listen(playout, 1)[1]
    assert isinstance(ended, PartPlayed)
    assert ended.at_ms == 125


def test_a_clear_falls_silent_after_its_fade() -> None:
    playout = Playout(prebuffer_ms=20)
    playout.add(ONE, loud(500))
    listen(playout, 10)
    playout.clear()
    assert playout.silent_at_ms == 110
    listen(playout, 10)
    assert playout.silent_at_ms == 200
