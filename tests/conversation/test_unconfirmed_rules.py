"""What is kept of the user's sound until the endpoint has made an item of it."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.unconfirmed import AGAIN_MS, LEAD_MS, Unconfirmed

LOUD, STILL = b"\x00\x20" * 480, pcm.silence(20)


def kept(ms: int, chunk: bytes = LOUD, into: Unconfirmed | None = None) -> Unconfirmed:
    into = into or Unconfirmed()
    for _ in range(ms // 20):
        into.note(do.SendAudio(chunk))
    return into


def told_again(unconfirmed: Unconfirmed) -> int:
    """How many milliseconds of sound a new session hears."""
    return pcm.duration_ms(
        sum(len(each.pcm) for each in unconfirmed.again() if isinstance(each, do.SendAudio))
    )


def test_what_is_cleared_takes_no_room_from_what_comes_after_it() -> None:
    unconfirmed = Unconfirmed()
    for _ in range(2):
        unconfirmed.note(do.SendAudio(LOUD * 250))  # 5 s at once
    unconfirmed.note(do.ClearInput())
    assert told_again(kept(10_000, into=unconfirmed)) == 10_000


def test_a_turn_of_the_key_ends_where_it_was_committed_whatever_is_said_of_its_end() -> None:
    unconfirmed = kept(1_000)
    unconfirmed.note(do.CommitAudio())
    kept(500, into=unconfirmed)
    assert len(unconfirmed.committed(100)) == pcm.size_of(1_000)
    assert told_again(unconfirmed) == 500


def test_a_turn_of_which_no_end_is_told_is_all_that_is_kept() -> None:
    unconfirmed = kept(1_000)
    assert len(unconfirmed.committed(None)) == pcm.size_of(1_000)
    assert told_again(unconfirmed) == 0


def test_a_turn_begins_and_ends_with_the_chunks_that_are_told() -> None:
    unconfirmed = kept(1_000)
    unconfirmed.speech_started(200)
    assert len(unconfirmed.committed(600)) == pcm.size_of(400)
    assert told_again(unconfirmed) == 400, "what was said behind it is no item yet"


def test_another_session_hears_no_turn_yet_and_keeps_as_if_nobody_spoke() -> None:
    unconfirmed = kept(100)
    unconfirmed.speech_started(0)
    unconfirmed.again()
    assert told_again(kept(20_000, into=unconfirmed)) == 10_000


def test_a_new_session_hears_a_little_of_the_silence_before_the_first_sound() -> None:
    unconfirmed = kept(1_000, LOUD, kept(2_000, STILL))
    assert told_again(unconfirmed) == LEAD_MS + 1_000


def test_what_is_told_again_comes_in_messages_of_a_second() -> None:
    again = kept(2_500).again()
    sizes = [pcm.duration_ms(len(each.pcm)) for each in again if isinstance(each, do.SendAudio)]
    assert sizes == [AGAIN_MS, AGAIN_MS, 500]


def test_a_turn_of_the_key_may_grow_too_old_while_there_is_no_connection() -> None:
    """What was committed is dropped with its sound; only sound is lost."""
    unconfirmed = kept(1_000)
    unconfirmed.note(do.CommitAudio())
    unconfirmed.away = True
    kept(62_000, STILL, unconfirmed)
    assert unconfirmed.lost == pcm.size_of(1_000)


def test_half_a_sample_is_no_sound_and_no_fault() -> None:
    unconfirmed = Unconfirmed()
    unconfirmed.note(do.SendAudio(b"\x00\x20\x7f"))
    assert len(unconfirmed.again()) == 1
