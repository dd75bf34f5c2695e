"""What of the captured sound is sent, and where in the captured sound it was."""

from __future__ import annotations

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation.capture import Capture

CHUNK = b"\1\0" * (pcm.size_of(20) // 2)
ZEROS = pcm.silence(20)
OVER = do.CommitAudio()


def sent(commands: list[do.Command]) -> list[int | None]:
    """Where the chunks that are sent began, bytes."""
    return [each.captured_at for each in commands if isinstance(each, do.SendAudio)]


def take(capture: Capture, chunks: int, chunk: bytes = CHUNK) -> list[do.Command]:
    """Return what is done with so many chunks, and `OVER` where a turn of the key is over."""
    done: list[do.Command] = []
    for _ in range(chunks):
        commands, is_over = capture.take(chunk)
        done += [*commands, *([OVER] if is_over else [])]
    return done


def test_a_chunk_is_sent_with_the_place_it_has_in_all_that_was_captured() -> None:
    capture = Capture(by_key=False)
    first = take(capture, 2)
    capture.skip(CHUNK)
    assert sent(first + take(capture, 1)) == [0, len(CHUNK), 3 * len(CHUNK)]


def test_what_is_captured_while_muted_is_not_sent_and_still_takes_its_place() -> None:
    capture = Capture(by_key=False)
    assert capture.mute() == [], "nothing was begun, so nothing is to be forgotten"
    assert capture.muted
    assert take(capture, 3) == []
    assert capture.mute() == []
    assert sent(take(capture, 1)) == [3 * len(CHUNK)]


def test_a_turn_begins_with_the_300_ms_before_the_key() -> None:
    capture = Capture(by_key=True)
    assert take(capture, 50) == []
    begun = capture.begin_turn()
    assert begun[0] == do.ClearInput()
    assert sent(begun) == [at * len(CHUNK) for at in range(35, 50)]


def test_a_turn_ends_200_ms_after_the_key() -> None:
    capture = Capture(by_key=True)
    capture.begin_turn()
    capture.end_turn()
    tail = take(capture, 15)
    assert len(sent(tail)) == 10
    assert tail[-1] == OVER
    assert not capture.in_turn


def test_the_key_again_within_the_tail_lets_the_turn_go_on() -> None:
    capture = Capture(by_key=True)
    capture.begin_turn()
    capture.end_or_resume_turn()
    take(capture, 5)
    capture.end_or_resume_turn()
    assert OVER not in take(capture, 50)
    capture.end_or_resume_turn()
    assert take(capture, 10)[-1] == OVER


def test_muting_in_a_turn_of_the_key_forgets_the_turn() -> None:
    capture = Capture(by_key=True)
    capture.begin_turn()
    take(capture, 5)
    assert capture.mute() == [do.ClearInput()]
    assert not capture.in_turn
    assert not capture.cut_off()
    assert capture.mute() == []
    assert take(capture, 20) == [], "and nothing is sent before the key is pressed again"


def test_and_so_does_muting_within_its_tail() -> None:
    capture = Capture(by_key=True)
    capture.begin_turn()
    capture.end_turn()
    capture.mute()
    capture.mute()
    capture.begin_turn()
    assert OVER not in take(capture, 50), "the tail was of the turn that was forgotten"


def test_what_was_captured_before_muting_is_not_said_afterwards() -> None:
    capture = Capture(by_key=True)
    take(capture, 10)
    capture.mute()
    capture.mute()
    assert capture.begin_turn() == [do.ClearInput()]


def test_a_turn_that_is_cut_off_is_committed_once() -> None:
    capture = Capture(by_key=True)
    capture.begin_turn()
    assert capture.cut_off()
    assert not capture.cut_off()


def test_two_seconds_of_zeros_are_looked_into_once() -> None:
    capture = Capture(by_key=False)
    commands = take(capture, 99, ZEROS)
    assert do.ExamineMicrophone() not in commands
    assert take(capture, 1, ZEROS)[0] == do.ExamineMicrophone()
    assert do.ExamineMicrophone() not in take(capture, 200, ZEROS)


def test_zeros_that_were_explained_and_end_are_told_as_over() -> None:
    capture = Capture(by_key=False)
    take(capture, 100, ZEROS)
    assert capture.explain("It is muted.") == [do.Warn("It is muted.")]
    assert take(capture, 1)[0] == do.Warn("Now the microphone gives sound.")


def test_sound_that_came_before_the_explanation_makes_it_needless() -> None:
    capture = Capture(by_key=False)
    take(capture, 100, ZEROS)
    assert sent(take(capture, 1)) and capture.explain("It is muted.") == []
    assert not [each for each in take(capture, 200, ZEROS) if not isinstance(each, do.SendAudio)]
