"""What counts as said, and for how long an endpoint may say nothing to it: to the sample."""

from __future__ import annotations

from conversing import SERVER

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.phases import Timer
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.session_setup import Setup
from s2s.conversation.sign_of_life import SIGN_MS, UNHEARD_MS, SignOfLife

WISHES = TalkWishes(do.ConfigureSession(turn_detection=SERVER), timeout_ms=30_000)
SOFT = (656).to_bytes(2, "little")  # the softest sample that is speech: a fiftieth of full scale
PAUSE = pcm.size_of(WISHES.pause_ms + UNHEARD_MS)  # bytes
SHORTEST = pcm.size_of(100)


def rules(wishes: TalkWishes = WISHES) -> SignOfLife:
    return SignOfLife(wishes, Setup(wishes.session, ()))


def is_asked_after(spoken: int, quiet: int, asked: SignOfLife | None = None) -> bool:
    """Say so many bytes, and then nothing for so many."""
    asked = asked or rules()
    assert not asked.hear(SOFT * (spoken // 2))
    return do.AskForSign() in asked.hear(bytes(quiet))


def test_a_tenth_of_a_second_is_speech_and_less_is_a_click() -> None:
    assert is_asked_after(SHORTEST, PAUSE)
    assert not is_asked_after(SHORTEST - 2, PAUSE)


def test_a_pause_is_long_enough_when_it_is_and_not_a_sample_before() -> None:
    asked = rules()
    assert not is_asked_after(SHORTEST, PAUSE - 2, asked)
    assert asked.hear(bytes(2))


def test_a_sign_has_its_time_and_never_longer_than_an_answer() -> None:
    for timeout_ms, sign_ms in ((30_000, SIGN_MS), (1_000, 1_000)):
        asked = rules(TalkWishes(WISHES.session, timeout_ms=timeout_ms))
        asked.hear(SOFT * SHORTEST)
        assert do.StartTimer(Timer.SIGN, sign_ms) in asked.hear(bytes(PAUSE))
        missed = asked.missed()
        assert missed
        assert f"for {sign_ms / 1000:g} s" in missed.message


def test_who_has_said_nothing_was_not_unheard_and_a_single_sample_may_be() -> None:
    asked = rules()
    assert not asked.unheard
    asked.hear(b"\x00\x20")
    assert asked.unheard
    asked.forget()
    assert not asked.unheard
    asked.hear(SOFT + b"\x7f")
    assert asked.unheard, "half a sample behind it is none"


def test_what_was_loud_before_another_turn_makes_nobody_softer() -> None:
    asked = rules()
    asked.hear(b"\xff\x7f" * SHORTEST)
    asked.forget()
    assert is_asked_after(SHORTEST, PAUSE, asked)


def test_another_session_is_not_waited_for_with_the_question_of_the_one_before() -> None:
    asked = rules()
    assert is_asked_after(SHORTEST, PAUSE, asked)
    asked.forget()
    assert not asked.missed()
    assert is_asked_after(SHORTEST, PAUSE, asked)
