"""The times of a transcript are places in its recording: held against the sound that is there."""

from __future__ import annotations

import json
import wave
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import tone
from test_talk_loop import SERVER_VAD, Talk

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import TalkWishes
from s2s.conversation.transcript.timeline import placed
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import S2SError
from s2s.ui.kept.saved import SavedConversation

PREFIX_S, SILENCE_S = 0.3, 0.5  # what SERVER_VAD puts around a turn
STEP_MS = 10  # the sound is looked for with this precision
CHUNK_S = 0.03  # the detector hears in steps of 20 ms

Span = tuple[float, float]


def unexpected(error: S2SError) -> None:
    raise AssertionError(error.message)


class Saved:
    """A conversation that was held, as it lies in its folder."""

    def __init__(self, talk: Talk, parent: Path, clock: Callable[[float], float]) -> None:
        transcript = Transcript()
        recording = SavedConversation(parent, transcript, unexpected)
        note = placed(transcript.observe)
        for at, happening in talk.run().happened:
            note(clock(at), happening)
            recording.observe(clock(at), happening)
        transcript.close()
        recording.close()
        with wave.open(str(recording.folder / "conversation.wav"), "rb") as file:
            both = array("h", file.readframes(file.getnframes()))
        self.left, self.right = (sounding(both[side::2].tobytes()) for side in (0, 1))
        lines = (recording.folder / "transcript.jsonl").read_text().splitlines()
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def spans(self, role: str) -> list[Span]:
        return [(line["start"], line["end"]) for line in self.lines if line["role"] == role]


def sounding(track: bytes) -> list[Span]:
    """Return when something sounds, in seconds; what is closer than 200 ms is one sound."""
    size, spans = pcm.size_of(STEP_MS), list[Span]()
    for number in range(len(track) // size):
        if pcm.peak(track[number * size : (number + 1) * size]) > 0.01:
            begin, end = number * STEP_MS / 1000, (number + 1) * STEP_MS / 1000
            if spans and begin - spans[-1][1] < 0.2:
                begin = spans.pop()[0]
            spans.append((begin, end))
    return spans


def near(span: Span, margin: float = 0.011) -> Any:
    return pytest.approx(span, abs=margin)


def around(sound: Span) -> Any:
    """What the endpoint calls a turn: the sound, what it keeps before it, and the pause behind."""
    return near((max(0.0, sound[0] - PREFIX_S), sound[1] + SILENCE_S), CHUNK_S)


CLOCKS = {"true": lambda at: at, "slow": lambda at: at / 3, "late": lambda at: at + 3.7}


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
def test_a_line_stands_where_its_sound_is_whatever_the_clock_says(
    tmp_path: Path, clock: Callable[[float], float]
) -> None:
    said = pcm.silence(1000) + tone(800)
    saved = Saved(Talk(said, {"turns": [{"tone": "440/2s"}]}), tmp_path, clock)
    (question,), (answer,) = saved.left, saved.right
    assert saved.spans("user") == [around(question)]
    assert saved.spans("assistant") == [near(answer)]


def test_a_line_that_was_cut_off_ends_where_its_sound_does(tmp_path: Path) -> None:
    said = tone(500) + pcm.silence(2000) + tone(500)
    talk = Talk(said, {"turns": [{"tone": "440/6s"}, {"tone": "660/500ms"}]})
    saved = Saved(talk, tmp_path, CLOCKS["late"])
    assert saved.spans("user") == [around(sound) for sound in saved.left]
    assert saved.spans("assistant") == [near(sound) for sound in saved.right]
    assert [line["cut"] for line in saved.lines if line["role"] == "assistant"] == [True, False]


def test_words_from_before_the_connection_stood_lie_where_they_were_said(tmp_path: Path) -> None:
    talk = Talk(pcm.silence(600) + tone(800), {"turns": [{"tone": "440/1s"}]})
    talk.connects_after_s = 2.5
    saved = Saved(talk, tmp_path, CLOCKS["late"])
    assert saved.spans("user") == [around(saved.left[0])]
    assert saved.spans("assistant") == [near(saved.right[0])]


def test_what_was_not_sent_in_half_duplex_moves_no_line(tmp_path: Path) -> None:
    wishes = TalkWishes(do.ConfigureSession(turn_detection=SERVER_VAD), half_duplex=True)
    said = tone(500) + pcm.silence(3900) + tone(500)  # the answer sounds from 1 s to 4 s
    talk = Talk(said, {"turns": [{"tone": "440/3s"}, {"tone": "660/1s"}]}, wishes)
    saved = Saved(talk, tmp_path, CLOCKS["late"])
    first, second = saved.spans("user")
    assert first == around(saved.left[0])
    assert second[1] == pytest.approx(saved.left[1][1] + SILENCE_S, abs=CHUNK_S)
    heard_again = saved.right[0][1] + 0.25
    assert heard_again - CHUNK_S < second[0] <= saved.left[1][0]
    assert saved.spans("assistant") == [near(sound) for sound in saved.right]


def test_what_was_said_while_muted_moves_no_line(tmp_path: Path) -> None:
    said = pcm.silence(1500) + tone(500) + pcm.silence(1500) + tone(600)
    talk = Talk(said, {"turns": [{"tone": "440/1s"}]})
    talk.at = [(1.0, on.MutePressed()), (2.5, on.MutePressed())]
    saved = Saved(talk, tmp_path, CLOCKS["late"])
    (question,) = saved.left
    assert saved.spans("user") == [around(question)]


def test_a_turn_of_the_key_begins_and_ends_with_what_was_sent(tmp_path: Path) -> None:
    talk = Talk(tone(6000), None, TalkWishes(do.ConfigureSession()))
    presses = [1.0, 2.0, 4.0, 4.5]
    talk.at = [(at, on.TalkPressed()) for at in presses] + [(7.5, on.QuitPressed())]
    saved = Saved(talk, tmp_path, CLOCKS["late"])
    begins = saved.left[0][0]  # the microphone's first moment in the recording
    told = [(each - begins, end - begins) for each, end in saved.spans("user")]
    assert told == [near((0.7, 2.2), 0.05), near((3.7, 4.7), 0.05)]
    assert saved.spans("assistant") == [near(sound) for sound in saved.right]
