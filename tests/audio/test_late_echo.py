"""What is let through before it is known whether an echo comes late: told once it is no echo."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import pytest
from room import Room
from test_echo_rooms import Talk

from s2s.audio.echo.late_echo import LateEcho
from s2s.audio.echo.verdict import Choice
from s2s.audio.echo.voice import Fact
from s2s.audio.events import VoiceStarted, VoiceStopped

BEGINS, ENDS = VoiceStarted(400), VoiceStopped(700)


Chunk = tuple[Fact | None, Choice]


def told(chunks: Sequence[Chunk], *, doubtful: bool = True) -> list[Fact]:
    late = LateEcho()
    return [each for chunk in chunks for each in late.take(*chunk, doubtful=doubtful)]


def test_what_nobody_doubts_is_told_at_once() -> None:
    assert told([(BEGINS, "judging"), (ENDS, "judging")], doubtful=False) == [BEGINS, ENDS]


def test_with_headphones_it_was_somebody_also_if_it_is_over() -> None:
    judging: list[Chunk] = [(BEGINS, "judging"), (ENDS, "judging")]
    assert told(judging) == []
    assert told([*judging, (None, "headphones")]) == [BEGINS, ENDS]


def test_what_ends_when_an_echo_is_cancelled_was_that_echo_and_what_goes_on_is_somebody() -> None:
    cancelling: list[Chunk] = [(None, "cancelling")] * 20
    assert told([(BEGINS, "judging"), (ENDS, "cancelling"), *cancelling]) == []
    assert told([(BEGINS, "judging"), *cancelling]) == [BEGINS]
    assert told([(BEGINS, "judging"), *cancelling, (ENDS, "cancelling")]) == [BEGINS, ENDS]


def test_after_a_second_it_is_told_whatever_it_is() -> None:
    more: list[Chunk] = [(None, "judging")] * 48
    waits: list[Chunk] = [(BEGINS, "judging"), *more]
    assert told(waits) == []
    assert told([*waits, (None, "judging")]) == [BEGINS]


@pytest.mark.skipif(not shutil.which("flite"), reason="flite speaks here")
@pytest.mark.parametrize("delay_ms", [300, 350, 450])
def test_the_echo_of_a_bluetooth_speaker_is_no_voice_in_the_first_reply_and_no_later_one(
    delay_ms: int,
) -> None:
    talk = Talk(Room("bluetooth", delay_ms=delay_ms, echo_db=-10))
    talk.reply()
    talk.reply()
    assert talk.doings[:2] == ["judging", "cancelling"]
    assert talk.voices() == []
    assert talk.reduction_db(1) > 30
