"""What is done about the echo: said on the screen, summed up, and the raw microphone kept."""

from __future__ import annotations

import io
import wave
from pathlib import Path

from fakes import tone

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import S2SError
from s2s.ui.kept.saved import RAW, SavedConversation
from s2s.ui.reports.summary import Summary
from s2s.ui.screen.plain import PlainView


def unexpected(error: S2SError) -> None:
    raise AssertionError(error.message)


def shown(*judged: on.EchoJudged) -> list[str]:
    out = io.StringIO()
    view = PlainView(out, Transcript(), unexpected)
    for each in judged:
        view.observe(0.0, each)
    return out.getvalue().splitlines()


def test_a_choice_is_a_line_and_a_figure_is_none() -> None:
    assert shown(
        on.EchoJudged("judging"),
        on.EchoJudged("cancelling", None, -11.0),
        on.EchoJudged("cancelling", 38.2, -11.0),
        on.EchoJudged("headphones", None, -52.0),
    ) == ["The echo is cancelled.", "Headphones: there is no echo to cancel."]
    assert shown(on.EchoJudged("platform")) == ["The system cancels the echo."]


def test_the_summary_says_what_was_done_in_the_end() -> None:
    summary = Summary()
    for judged in (on.EchoJudged("judging"), on.EchoJudged("cancelling", 38.2, -11.0)):
        summary.observe(0.0, judged)
    assert summary.lines()[0].endswith(" · echo cancelled, 38 dB")
    nothing = Summary()
    nothing.observe(0.0, on.EchoJudged("off"))
    assert "echo" not in nothing.lines()[0]


def test_the_raw_microphone_is_kept_beside_what_was_sent_on_the_same_clock(tmp_path: Path) -> None:
    saved = SavedConversation(tmp_path, Transcript(), unexpected, raw=True)
    raw, sent, played = tone(1000, 300), tone(1000, 500), tone(1000, 700)
    for at in range(0, 1000, 100):
        for first in range(at, at + 100, 20):
            piece = slice(pcm.size_of(first), pcm.size_of(first + 20))
            if first == 500:
                saved.observe(0.0, do.ShowState("listening", muted=True))
            saved.observe(0.0, on.AudioCaptured(sent[piece], raw=raw[piece]))
        saved.observe(0.0, on.AudioPlayed(played[pcm.size_of(at) : pcm.size_of(at + 100)], None))
    saved.close()
    with wave.open(str(saved.folder / RAW), "rb") as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        kept = file.readframes(file.getnframes())
    half = pcm.size_of(500)
    assert kept == raw[:half] + bytes(half), "what is said while muted is silence here too"
    with wave.open(str(saved.folder / "conversation.wav"), "rb") as file:
        assert file.getnframes() * 2 == len(kept)


def test_without_being_asked_no_raw_microphone_is_kept(tmp_path: Path) -> None:
    saved = SavedConversation(tmp_path, Transcript(), unexpected)
    saved.observe(0.0, on.AudioCaptured(tone(20), raw=tone(20)))
    saved.close()
    assert not (saved.folder / RAW).exists()
