"""Whole conversations in which somebody speaks over a reply, to the sample, near and far."""

from __future__ import annotations

import asyncio
from array import array
from dataclasses import replace
from typing import Any

import pytest
from fakes import service, tone
from test_talk_loop import Talk

from s2s import pcm
from s2s.audio.live.playout import FADE_MS
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import BargeInMode, ServerVad, TalkWishes
from s2s.errors import NetworkError

WISHES = TalkWishes(
    do.ConfigureSession(turn_detection=ServerVad()),
    (do.ConfigureTranscription("one"),),
    barge_in="confirm",
)
QUESTION = tone(500)  # the answer begins a second after it
AT_S, NOTICED_S = 2.5, 0.14  # when something is said over the reply; how late it is noticed here
FADE = pcm.size_of(FADE_MS)
REPLY = {"hear": "Tell me more.", "tone": "440/6s"}
FAR = pytest.mark.parametrize("delay_s", [0.0, 0.1], ids=["near", "far"])


class OverAReply(Talk):
    """A question is answered for six seconds; `ms` of sound come over that at 2.5 s.

    The detector on this side is told of here: it notices late, and the end of it at once.
    """

    def __init__(
        self,
        ms: int,
        *turns: dict[str, Any],
        wishes: TalkWishes = WISHES,
        delay_s: float = 0.0,
        at_s: float = AT_S,
    ) -> None:
        between = pcm.silence(at_s * 1000 - 500)
        said = QUESTION + between + tone(ms, 300) + pcm.silence(3000)
        super().__init__(said, {"turns": [REPLY, *turns]}, wishes)
        self.service = replace(self.service, delay_s=delay_s)
        self.at = [(at_s + NOTICED_S, on.VoiceStarted()), (at_s + ms / 1000, on.VoiceStopped())]

    def run(self, most_s: float = 60.0) -> OverAReply:
        super().run(most_s)
        return self

    @property
    def held(self) -> tuple[int, int]:
        """Where in what was heard the one hold begins and ends, bytes."""
        (held,), (resumed,) = self.of(on.PlayoutHeld), self.of(on.PlayoutResumed)
        return pcm.size_of(held.at_ms - FADE_MS), pcm.size_of(resumed.at_ms)

    def replies(self) -> bytes:
        """What was heard, with the hold taken out and its two fades put together."""
        begins, ends = self.held
        out = array("h", self.heard.audio[begins : begins + FADE])
        back = array("h", self.heard.audio[ends : ends + FADE])
        assert not any(self.heard.audio[begins + FADE : ends]), "the hold is silence"
        whole = array("h", [a + b for a, b in zip(out, back, strict=True)]).tobytes()
        return self.heard.audio[:begins] + whole + self.heard.audio[ends + FADE :]


def test_hundred_milliseconds_of_delay_are_on_the_clock_of_the_test() -> None:
    for delay_s in (0.0, 0.1):
        talk = OverAReply(0, delay_s=delay_s).run()
        asked = talk.when(do.ConfigureTurns)[0]
        taken = min(at for at in talk.when(on.SessionConfigured) if at >= asked)
        assert taken - asked == pytest.approx(2 * delay_s, abs=0.021)


@FAR
def test_a_cough_leaves_the_reply_whole_and_no_trace_at_the_endpoint(delay_s: float) -> None:
    talk = OverAReply(220, delay_s=delay_s).run()
    assert talk.error is None
    heard = talk.replies().strip(b"\0")
    assert heard == tone(6000).strip(b"\0"), "to the sample"
    assert talk.endpoint.history == ["user", "assistant"]
    assert not talk.endpoint.of("conversation.item.truncate")
    assert talk.endpoint.types("response.create", "response.cancel") == []
    assert "hearing you" in talk.states[-4:]


@FAR
def test_mhm_is_no_reason_to_answer_either(delay_s: float) -> None:
    talk = OverAReply(220, {"hear": "Mhm.", "tone": "660/1s"}, delay_s=delay_s).run()
    assert talk.replies().strip(b"\0") == tone(6000).strip(b"\0")
    assert talk.endpoint.history == ["user", "assistant"]


@FAR
def test_stop_stops_it_and_is_answered_once(delay_s: float) -> None:
    talk = OverAReply(220, {"hear": "Stop!", "tone": "660/1s"}, delay_s=delay_s).run()
    assert talk.error is None
    (cleared,) = talk.of(on.PlayoutCleared)
    (heard,) = cleared.heard
    (truncated,) = talk.endpoint.of("conversation.item.truncate")
    assert truncated["audio_end_ms"] == heard.ms < 3000
    assert talk.endpoint.types("response.create") == ["response.create"]
    assert talk.endpoint.history == ["user", "assistant", "user", "assistant"]
    assert talk.heard.loud_ms() == pytest.approx(heard.ms + 1000, abs=60)


@FAR
def test_a_real_interruption_is_cut_at_the_playhead_and_answered_once(delay_s: float) -> None:
    talk = OverAReply(900, {"hear": "What is that?", "tone": "660/1s"}, delay_s=delay_s).run()
    assert talk.error is None
    (held,), (cleared,) = talk.of(on.PlayoutHeld), talk.of(on.PlayoutCleared)
    (heard,) = cleared.heard
    assert heard == on.Heard(held.heard.part, held.heard.ms + FADE_MS), "not a word more was heard"
    (truncated,) = talk.endpoint.of("conversation.item.truncate")
    assert truncated["audio_end_ms"] == heard.ms
    (cut_at,) = talk.when(on.PlayoutCleared)
    assert cut_at == pytest.approx(AT_S + NOTICED_S + 0.4, abs=0.021)
    assert talk.endpoint.history == ["user", "assistant", "user", "assistant"]
    assert len(talk.of(on.ResponseStarted)) == 2
    assert talk.heard.loud_ms() == pytest.approx(heard.ms + 1000, abs=60)


@pytest.mark.parametrize("at_s", [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8])
@pytest.mark.parametrize(("ms", "words"), [(220, ""), (220, "Stop!"), (900, "What is that?")])
def test_what_crosses_the_beginning_of_a_reply_is_answered_once_or_forgotten(
    at_s: float, ms: int, words: str
) -> None:
    """The answer begins after 1.6 s here; who decides is settled between that and 1.8 s."""
    turns = [{"hear": words, "tone": "660/1s"}, {"tone": "660/1s"}]
    talk = OverAReply(ms, *turns, delay_s=0.1, at_s=at_s).run()
    assert talk.error is None
    begun = [each for each in talk.endpoint.told if each["type"] == "response.created"]
    assert len(begun) == talk.endpoint.history.count("user")
    assert len(begun) == (2 if words else len(begun))
    assert not talk.of(do.Warn) or not words


@FAR
def test_a_question_outside_a_reply_waits_for_nothing_more_than_with_instant(
    delay_s: float,
) -> None:
    """The first, and the one after a reply was heard out: the endpoint answers by itself."""
    turns = {"turns": [{"tone": "440/1s"}, {"tone": "660/1s"}]}
    begun: dict[str, list[float]] = {}
    modes: tuple[BargeInMode, ...] = ("confirm", "instant")
    for mode in modes:
        wishes = replace(WISHES, barge_in=mode)
        talk = Talk(QUESTION + pcm.silence(4000) + QUESTION + pcm.silence(3000), turns, wishes)
        talk.service = replace(service(turns), delay_s=delay_s)
        talk.run()
        assert not talk.endpoint.of("response.create")
        begun[mode] = talk.when(on.PartStarted)
    assert begun["confirm"] == begun["instant"]
    assert len(begun["instant"]) == 2


def test_with_never_the_reply_is_heard_and_what_was_said_over_it_is_forgotten() -> None:
    talk = OverAReply(900, wishes=replace(WISHES, barge_in="never")).run()
    assert talk.heard.audio.strip(b"\0") == tone(6000).strip(b"\0")
    assert talk.endpoint.history == ["user", "assistant"]


@FAR
def test_a_hold_that_begins_with_the_endpoints_word_alone_ends_with_it_too(delay_s: float) -> None:
    talk = OverAReply(220, delay_s=delay_s)
    talk.at = []
    talk.run()
    assert talk.replies().strip(b"\0") == tone(6000).strip(b"\0")
    assert talk.endpoint.history == ["user", "assistant"]


def test_from_the_first_sign_to_silence_it_takes_the_fade_and_nothing_more() -> None:
    """The order is given in the same turn of the loop, and the next block fades."""
    talk = OverAReply(220).run()
    happened = [each for _, each in talk.happened]
    at = happened.index(do.HoldPlayout())
    first = happened[at - 1]
    assert isinstance(first, on.SpeechStarted | on.VoiceStarted)
    assert talk.when(on.PlayoutHeld) == talk.when(type(first))[-1:]
    begins, ends = talk.held
    assert begins == pcm.size_of(talk.when(on.PlayoutHeld)[0] * 1000), "the next sample pulled"
    assert any(talk.heard.audio[begins : begins + FADE])
    assert not any(talk.heard.audio[begins + FADE : ends])


def test_whoever_hangs_up_while_it_is_held_lets_what_has_come_be_heard() -> None:
    talk = OverAReply(900)

    async def run() -> None:
        task = asyncio.create_task(talk._run(20))
        while (
            not talk.when(on.PlayoutHeld) or talk.clock.now() < talk.when(on.PlayoutHeld)[0] + 0.1
        ):
            await asyncio.sleep(0)
        talk.endpoint.hang_up()
        await task

    asyncio.run(run())
    assert isinstance(talk.error, NetworkError)
    came = b"".join(each.pcm for each in talk.of(do.PlayAudio))
    assert talk.replies().strip(b"\0") == came.strip(b"\0")


def test_when_the_time_is_up_while_it_is_held_the_reply_is_heard_out() -> None:
    wishes = replace(WISHES, max_ms=2_800.0)
    talk = OverAReply(900, wishes=wishes).run()
    assert talk.error is None
    assert talk.replies().strip(b"\0") == tone(6000).strip(b"\0")
