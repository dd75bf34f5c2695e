"""What a conversation came to: turns, waiting, interruptions, tokens."""

from __future__ import annotations

from decimal import Decimal

import pytest
import stories

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import SemanticVad
from s2s.conversation.usage import Tokens, Usage
from s2s.ui.reports.latency import Latency
from s2s.ui.reports.summary import Summary, clock

CHUNK = do.SendAudio(pcm.silence(20))


def told(*happened: tuple[float, stories.Happening]) -> Summary:
    summary = Summary()
    for at, each in happened:
        summary.observe(at, each)
    return summary


def sent(latency: Latency, until: float, start: float = 0.0) -> None:
    """Send what is captured, in chunks of 20 ms."""
    for n in range(1, round((until - start) * 50) + 1):
        latency.observe(start + n / 50, CHUNK)


def test_the_wait_begins_where_speech_ended_not_where_the_endpoint_noticed() -> None:
    latency = Latency()
    latency.observe(0.0, do.ConfigureSession(turn_detection=stories.SERVER_VAD))
    sent(latency, until=3.0)
    latency.observe(3.0, on.SpeechStopped("u1", 2500))  # the last 500 ms are the pause
    latency.observe(3.2, on.PartStarted(stories.PART))
    assert latency.seconds == [pytest.approx(1.2)]


def test_sound_that_was_muted_does_not_count_as_sent() -> None:
    latency = Latency()
    latency.observe(0.0, do.ConfigureSession(turn_detection=stories.SERVER_VAD))
    sent(latency, until=1.0)
    sent(latency, start=11.0, until=13.0)
    latency.observe(13.0, on.SpeechStopped("u1", 2900))
    latency.observe(13.5, on.PartStarted(stories.PART))
    assert latency.seconds == [pytest.approx(1.1)]


def test_each_session_counts_the_sound_that_it_was_sent() -> None:
    latency = Latency()
    latency.observe(0.0, do.ConfigureSession(turn_detection=stories.SERVER_VAD))
    sent(latency, until=30.0)
    latency.observe(30.0, on.SessionStarted("sess_2", "m"))
    sent(latency, start=30.0, until=33.0)
    latency.observe(33.0, on.SpeechStopped("u1", 2500))
    latency.observe(33.2, on.PartStarted(stories.PART))
    assert latency.seconds == [pytest.approx(1.2)]


def test_nobody_knows_how_long_the_answer_to_a_turn_took_that_was_sent_again() -> None:
    latency = Latency()
    latency.observe(0.0, do.ConfigureSession(turn_detection=stories.SERVER_VAD))
    latency.observe(1.0, do.SendAudio(pcm.silence(3000), again=True))
    latency.observe(1.1, on.SpeechStopped("u1", 2500))
    latency.observe(1.2, on.PartStarted(stories.PART))
    assert latency.seconds == []


def test_a_turn_of_the_key_ends_before_its_tail() -> None:
    latency = Latency(speaker_ms=50)
    latency.observe(0.0, do.ConfigureSession())
    latency.observe(2.0, do.CommitAudio())
    latency.observe(2.5, on.PartStarted(stories.PART))
    assert latency.seconds == [pytest.approx(0.75)]


def test_with_semantic_turns_the_endpoint_says_where_speech_ended() -> None:
    latency = Latency()
    latency.observe(0.0, do.ConfigureSession(turn_detection=SemanticVad()))
    sent(latency, until=3.0)
    latency.observe(3.0, on.SpeechStopped("u1", 2000))
    latency.observe(3.0, on.PartStarted(stories.PART))
    assert latency.last == pytest.approx(1.0)


def test_a_turn_that_goes_on_and_a_second_part_are_no_answers() -> None:
    latency = Latency()
    sent(latency, until=3.0)
    latency.observe(3.0, on.SpeechStopped("u1", 2500))
    latency.observe(3.1, on.SpeechStarted("u2", 3000))
    latency.observe(3.2, on.PartStarted(stories.PART))
    latency.observe(3.3, on.PartStarted(stories.PART))
    assert latency.last is None


def test_a_whole_conversation_in_two_lines() -> None:
    usage = Usage(Tokens(1200, text=200, audio=1000, cached=64), Tokens(300, text=50, audio=250))
    summary = told(
        (0.0, do.ConfigureSession()),
        (1.2, do.CommitAudio()),
        (1.3, on.InputCommitted("u1")),
        (1.8, on.PartStarted(stories.PART)),
        (2.0, on.ResponseEnded("r1", "completed", usage=usage)),
        (3.0, on.PlayoutCleared((on.Heard(stories.PART, 900),))),
        (4.2, do.CommitAudio()),
        (4.3, on.InputCommitted("u2")),
        (6.0, on.PartStarted(stories.PART)),
        (7.0, on.ResponseEnded("r2", "completed", usage=usage)),
        (7.5, on.UserTranscribed("u1", "", Usage(Tokens(30)))),
        (8.0, on.PlayoutUnderrun(stories.PART, 40)),
        (8.1, on.AudioCaptured(b"", overrun=True)),
        (8.2, on.DevicePaused("speaker", 300)),
        (8.3, on.DevicePaused("microphone", 180)),
        (9.2, on.DevicePaused("speaker", 512)),
        (102.0, do.End()),
        (200.0, on.PlayoutCleared((on.Heard(stories.PART, 900),))),
    )
    assert summary.lines() == [
        "2 turns in 1:42 · answered after 1.40 s (median; worst 2.00 s) · 1 interruption"
        " · 1 underrun (40 ms) · speaker stood still 2 x (812 ms) · 1 overrun",
        "Tokens: 2,400 in (2,000 audio, 400 text, 128 cached), 600 out (500 audio, 100 text)",
        "Transcription: 30 in, 0 out",
    ]


def test_what_was_taken_back_was_no_turn_and_what_begins_after_it_is_no_answer_to_it() -> None:
    summary = told(
        (0.0, do.ConfigureSession()),
        *((n / 50, CHUNK) for n in range(1, 101)),
        (2.0, on.InputCommitted("u1")),
        (2.1, on.SpeechStopped("u2", 2000)),
        (2.1, on.InputCommitted("u2")),
        (2.2, do.DeleteItem("a1")),
        (2.3, do.DeleteItem("u2")),
        (2.3, do.DeleteItem("u2")),
        (3.0, on.PartStarted(stories.PART)),
        (4.0, do.End()),
    )
    assert summary.lines() == ["1 turn in 0:04"]


def test_what_did_not_happen_is_not_mentioned() -> None:
    assert told((0.0, on.SessionStarted("s", "m")), (2.0, do.End())).lines() == ["0 turns in 0:02"]


def test_transcription_by_the_second_is_told_in_seconds() -> None:
    words = on.UserTranscribed("u1", "Hi", Usage(seconds=12))
    assert told((0.0, words)).lines()[-1] == "Transcription: 12 s"


def test_usage_that_tells_nothing_costs_nothing() -> None:
    assert len(told((0.0, on.ResponseEnded("r", "completed", usage=Usage()))).lines()) == 1


@pytest.mark.parametrize(("seconds", "shown"), [(7, "0:07"), (754, "12:34"), (3723, "1:02:03")])
def test_durations_read_like_a_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_what_it_costs_is_told_as_it_stood_at_the_end() -> None:
    first, last = do.ShowCost(Decimal("0.01")), do.ShowCost(Decimal("0.0072056"))
    assert told((0.0, first), (1.0, last), (2.0, do.End())).lines()[-1] == "Cost: $0.0072."


def test_a_sum_that_lacks_something_says_what() -> None:
    unpriced = ("the transcription by x has no price", "a response was cut off")
    shown = do.ShowCost(Decimal("1.5"), unpriced)
    assert told((0.0, shown)).lines()[-1] == (
        "Cost: at least $1.50 (the transcription by x has no price; a response was cut off)."
    )
    nothing = do.ShowCost(Decimal(0), ("x has no price",))
    assert told((0.0, nothing)).lines()[-1] == "Cost: not known (x has no price)."
