"""A held playout: silent at once, its place kept, and not a sample lost."""

from __future__ import annotations

import itertools
from array import array

from hypothesis import given
from hypothesis import strategies as st
from test_playout_rules import BLOCK, ONE, TWO, loud, pull

from s2s import pcm
from s2s.audio.devices.protocols import PCM
from s2s.audio.events import Event, PlayoutHeld, PlayoutResumed, Times
from s2s.audio.live.chain import Chain
from s2s.audio.live.playout import FADE_MS, Playout
from s2s.conversation.events import Heard, Part, PartPlayed, PartStarted, PlayoutUnderrun

FADE = pcm.size_of(FADE_MS) // 2  # samples
LOUDEST = 20_000
STEEPEST = LOUDEST // (FADE + 1) + 3  # between two samples of a fade, and the sound's own step


def hill(ms: int) -> bytes:
    """A sound without a step of its own: it grows from nothing and goes back to it."""
    count = pcm.size_of(ms) // 2
    up = [min(each, count - 1 - each, LOUDEST) for each in range(count)]
    return array("h", up).tobytes()


def steepest(audio: bytes) -> int:
    samples = array("h", audio)
    return max((abs(b - a) for a, b in itertools.pairwise(samples)), default=0)


def playing(ms: int, *, ends: bool = True) -> Playout:
    playout = Playout()
    playout.add(ONE, hill(ms))
    if ends:
        playout.end(ONE)
    return playout


def test_a_held_reply_is_heard_to_the_sample_with_the_hold_as_silence() -> None:
    playout = playing(1000)
    before = pull(playout, 300)[0]
    playout.hold()
    held = pull(playout, 500)[0]
    playout.resume()
    after, happened = pull(playout, 700)
    assert held[pcm.size_of(FADE_MS) :] == pcm.silence(500 - FADE_MS)
    out, back = array("h", held[: 2 * FADE]), array("h", after[: 2 * FADE])
    faded = array("h", [a + b for a, b in zip(out, back, strict=True)]).tobytes()
    assert before + faded + after[2 * FADE :] == hill(1000)
    assert happened == [PartPlayed(ONE, 1000, 1500)]
    assert steepest(before + held + after) <= STEEPEST


def test_the_place_is_where_the_fade_begins_and_stays_there() -> None:
    playout = playing(1000)
    pull(playout, 300)
    playout.hold()
    assert playout.heard == Heard(ONE, 300)
    pull(playout, 500)
    assert playout.heard == Heard(ONE, 300)
    playout.resume()
    pull(playout, 10)
    assert playout.heard == Heard(ONE, 310)


def test_a_hold_that_is_taken_back_at_once_was_none() -> None:
    playout = playing(1000)
    pull(playout, 300)
    playout.hold()
    playout.resume()
    assert pull(playout, 700)[0] == hill(1000)[pcm.size_of(300) :]


def test_a_clear_while_held_tells_what_a_clear_at_the_hold_would_have_told() -> None:
    held, cleared = playing(1000), playing(1000)
    pull(held, 300)
    pull(cleared, 300)
    held.hold()
    silence = pull(held, 400)[0]
    assert held.clear() == cleared.clear() == (Heard(ONE, 310),)
    assert silence[: 2 * FADE] == pull(cleared, FADE_MS)[0]
    held.add(TWO, loud(100))
    assert pull(held, 10) == (loud(10), [PartStarted(TWO, 700)]), "the hold is over with it"


def test_nothing_begins_while_held_and_all_of_it_afterwards() -> None:
    playout = Playout()
    playout.hold()
    playout.add(ONE, loud(200))
    playout.end(ONE)
    assert pull(playout, 300) == (pcm.silence(300), [])
    playout.resume()
    assert pull(playout, 200) == (loud(200), [PartStarted(ONE, 300), PartPlayed(ONE, 200, 500)])


def test_what_comes_while_held_plays_behind_what_was_there() -> None:
    playout = playing(400, ends=False)
    pull(playout, 300)
    playout.hold()
    playout.add(TWO, loud(100))
    playout.add(ONE, hill(400))
    playout.end(ONE)
    pull(playout, 100)
    playout.resume()
    audio, happened = pull(playout, 600)
    assert audio[2 * FADE :] == (hill(400)[pcm.size_of(300) :] + hill(400) + loud(100))[2 * FADE :]
    assert PartPlayed(ONE, 800, 900) in happened


def test_a_hold_in_the_middle_of_an_underrun_is_no_part_of_it() -> None:
    playout = Playout(prebuffer_ms=20)
    playout.add(ONE, loud(50))
    pull(playout, 80)
    playout.hold()
    pull(playout, 500)
    playout.add(ONE, loud(50))
    playout.resume()
    assert pull(playout, 10)[1] == [PlayoutUnderrun(ONE, 30)]


def test_a_part_whose_end_comes_while_held_ended_where_its_last_sample_was() -> None:
    for dry_ms in (0, 30):
        playout = Playout(prebuffer_ms=20)
        playout.add(ONE, loud(50))
        pull(playout, 50 + dry_ms)
        playout.hold()
        pull(playout, 500)
        playout.end(ONE)
        playout.resume()
        assert pull(playout, 10)[1] == [PartPlayed(ONE, 50, 50)]


def test_a_hold_while_the_last_one_still_comes_back_makes_no_click() -> None:
    playout = playing(3000)
    audio = pull(playout, 1500)[0]
    for size in (2, 100, 240, 478, 600):
        playout.hold()
        audio += playout.pull(size)[0]
        playout.resume()
        audio += playout.pull(size)[0]
    playout.clear()
    audio += pull(playout, 100)[0]
    assert steepest(audio) <= STEEPEST


STEPS = st.lists(st.tuples(st.sampled_from("hrpp"), st.integers(1, 400)), max_size=60)


@given(STEPS)
def test_however_often_it_is_held_every_sample_is_given_and_none_with_a_step(
    steps: list[tuple[str, int]],
) -> None:
    playout, whole = playing(2000), array("h", hill(2000))
    audio, happened, place = b"", list[object](), 0
    for what, amount in steps:
        if what == "h":
            playout.hold()
        elif what == "r":
            playout.resume()
        else:
            block, brought = playout.pull(2 * amount)
            audio += block
            happened += brought
        heard = playout.heard
        assert heard is None or place <= heard.ms <= 2000, "the playhead never goes back"
        place = heard.ms if heard else place
    playout.resume()
    block, brought = playout.pull(pcm.size_of(2500))
    assert sum(array("h", audio + block)) == sum(whole)
    assert steepest(audio + block) <= STEEPEST
    played = [each for each in (*happened, *brought) if isinstance(each, PartPlayed)]
    assert [each.ms for each in played] == [2000]


def loud_hill(ms: int) -> bytes:
    """Much louder than a hill, and still without a click of its own."""
    return array("h", [min(20 * each, LOUDEST) for each in array("h", hill(ms))]).tobytes()


STORIES = st.lists(
    st.tuples(st.sampled_from("hrcanppp"), st.sampled_from((1, 17, 100, 240, 441, 480, 2400))),
    max_size=60,
)


@given(STORIES)
def test_no_story_of_holds_and_clears_and_late_audio_makes_a_click(
    story: list[tuple[str, int]],
) -> None:
    playout, number = Playout(), 0
    playout.add(Part("r", "i0", 0, 0), loud_hill(300))
    audio = pull(playout, 150)[0]
    for what, amount in story:
        part = Part("r", f"i{number}", 0, 0)
        if what == "h":
            playout.hold()
        elif what == "r":
            playout.resume()
        elif what == "c":
            playout.clear()
            number += 1
        elif what == "a":  # it runs dry behind this, where that makes no click by itself
            playout.add(part, loud_hill(300))
        elif what == "n":
            playout.end(part)
            number += 1
        else:
            audio += playout.pull(2 * amount)[0]
    playout.resume()
    audio += playout.pull(pcm.size_of(1000))[0]
    assert steepest(audio) <= STEEPEST + 20


@given(STEPS, st.integers(0, 60))
def test_whenever_a_held_reply_is_cleared_no_more_was_heard_than_has_sounded(
    steps: list[tuple[str, int]], at: int
) -> None:
    playout, taken = playing(2000), 0
    for number, (what, amount) in enumerate(steps):
        if number == at:
            (heard,) = playout.clear() or (Heard(ONE, 0),)
            fades_ms = 3 * FADE_MS  # one that sounds, one that comes back, one of the clear
            assert heard.ms <= pcm.duration_ms(taken) + fades_ms
            break
        if what == "h":
            playout.hold()
        elif what == "r":
            playout.resume()
        else:
            playout.pull(2 * amount)
            taken += 2 * amount


def test_the_chain_says_where_it_was_held_and_when_it_goes_on() -> None:
    posted: list[Event] = []
    chain = Chain(posted.append)
    speaker = chain.opened(PCM)
    chain.play(Part("r", "i", 0, 0), loud(500))
    for number in range(20):
        speaker(BLOCK // 2, Times(number * BLOCK // 2))
    chain.hold()
    for number in range(30):
        speaker(BLOCK // 2, Times(number * BLOCK // 2))
    chain.resume()
    told = [each for each in posted if isinstance(each, PlayoutHeld | PlayoutResumed)]
    assert told == [PlayoutHeld(Heard(Part("r", "i", 0, 0), 200)), PlayoutResumed()]
    assert [each.at_ms for each in told] == [200 + FADE_MS, 500]
