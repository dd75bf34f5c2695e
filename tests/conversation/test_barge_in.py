"""What is said over a reply: held first, decided by how long it lasts and by its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from complaints import response_ended
from conversing import FIRST, NEXT, SERVER, Story, cleared, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.phases import Timer
from s2s.conversation.session_config import BargeInMode, SemanticVad, ServerVad, TalkWishes
from s2s.errors import NetworkError

OFF, ON = (do.ConfigureTurns(ServerVad(decides=decides)) for decides in (False, True))
HOLD, RESUME, CLEAR, ASK = (
    do.HoldPlayout(),
    do.ResumePlayout(),
    do.ClearPlayout(),
    do.CreateResponse(),
)
TAKEN = on.SessionConfigured()
SPEAKS, STOPS = on.SpeechStarted("item_9", 0), on.SpeechStopped("item_9", 1100)
ITEM = on.InputCommitted("item_9")
VOICE, NO_VOICE = on.VoiceStarted(), on.VoiceStopped()
CONFIRM, QUIET, WORDS, CROSSED = (
    on.TimerFired(each) for each in (Timer.CONFIRM, Timer.QUIET, Timer.WORDS, Timer.CROSSED)
)
WISHES = TalkWishes(
    do.ConfigureSession(turn_detection=SERVER),
    (do.ConfigureTranscription("one"),),
    barge_in="confirm",
)
CANCEL = do.CancelResponse("resp_1")


class OverAReply(Story):
    """A reply of four seconds sounds, and the endpoint knows that it is not to decide."""

    def __init__(self, wishes: TalkWishes = WISHES, *, taken: bool = True, ends: bool = True):
        super().__init__(wishes)
        self.tell(on.SessionStarted("sess_1", "m"), TAKEN, *[TAKEN for _ in wishes.transcription])
        self.tell(on.InputCommitted("item_0"), on.UserTranscribed("item_0", "Tell me more."))
        self.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(4000)))
        self.tell(on.PartStarted(FIRST))
        if ends:
            self.tell(on.AudioEnded(FIRST), ended())
        if taken:
            self.tell(TAKEN)
        self.asked.clear()

    def gives(self, *events: on.Event) -> list[do.Command]:
        """What is ordered because of `events`, but for what is shown and for timers."""
        before = len(self.asked)
        self.tell(*events)
        told = (do.ShowState, do.StartTimer, do.CancelTimer, do.WakeDevices, do.EndPart)
        return [each for each in self.asked[before:] if not isinstance(each, told)]

    def waits_for(self, timer: Timer) -> float | None:
        """After how many milliseconds a timer fires; None: it does not run."""
        runs: float | None = None
        for each in self.asked:
            if isinstance(each, do.StartTimer | do.CancelTimer) and each.name == timer:
                runs = each.ms if isinstance(each, do.StartTimer) else None
        return runs

    def next_reply(self) -> OverAReply:
        """The reply was heard, and the answer to another question has begun to sound."""
        self.tell(at(4000), on.PartPlayed(FIRST, 4000), TAKEN)
        self.tell(on.InputCommitted("item_1"), on.UserTranscribed("item_1", "And then?"))
        self.tell(on.ResponseStarted("resp_2"), on.AudioReceived(NEXT, pcm.silence(4000)))
        self.tell(on.PartStarted(NEXT), TAKEN)
        self.asked.clear()
        return self

    def coughed(self) -> OverAReply:
        """Something short was heard, on both sides, and it is an item now."""
        self.tell(VOICE, SPEAKS, NO_VOICE, QUIET, STOPS, ITEM)
        self.asked.clear()
        return self


# --- held first


@pytest.mark.parametrize("first", [VOICE, SPEAKS], ids=["here", "there"])
def test_at_the_first_sign_of_speech_the_reply_is_held_and_nothing_else(first: on.Event) -> None:
    story = OverAReply()
    assert story.gives(first) == [HOLD]
    assert story.state == "hearing you"
    assert story.gives(SPEAKS if first is VOICE else VOICE) == [], "it is one and the same"


def test_speech_that_goes_on_interrupts_at_the_playhead() -> None:
    story = OverAReply(ends=False)
    story.tell(VOICE, SPEAKS)
    assert story.waits_for(Timer.CONFIRM) == 400
    assert story.gives(CONFIRM) == [CLEAR, CANCEL]
    assert story.gives(cleared((FIRST, 1200))) == [do.TruncateItem("item_1", 0, 1200)]
    story.tell(response_ended("resp_1", "cancelled"))
    assert story.gives(NO_VOICE, STOPS, ITEM) == [ASK], "the endpoint was told not to answer"


def test_how_long_it_must_last_is_the_users_wish() -> None:
    story = OverAReply(replace(WISHES, confirm_ms=250))
    story.tell(VOICE)
    assert story.waits_for(Timer.CONFIRM) == 250


def test_what_was_short_lets_the_reply_go_on_and_truncates_nothing() -> None:
    story = OverAReply()
    assert story.gives(VOICE, SPEAKS, NO_VOICE) == [HOLD]
    assert story.waits_for(Timer.QUIET) == 350
    assert story.gives(QUIET) == [RESUME]
    assert story.waits_for(Timer.CONFIRM) is None
    assert story.gives(STOPS, ITEM) == []


def test_a_pause_within_a_sentence_is_no_end_of_it() -> None:
    story = OverAReply()
    assert story.gives(VOICE, NO_VOICE, VOICE) == [HOLD]
    assert story.waits_for(Timer.QUIET) is None
    assert story.gives(CONFIRM) == [CLEAR]


def test_a_sentence_whose_pause_falls_on_the_moment_interrupts_when_it_goes_on() -> None:
    story = OverAReply()
    assert story.gives(VOICE, NO_VOICE, CONFIRM) == [HOLD], "nobody speaks just now"
    assert story.gives(VOICE) == [CLEAR]
    story = OverAReply()
    assert story.gives(VOICE, NO_VOICE, CONFIRM, QUIET) == [HOLD, RESUME]


def test_without_a_detector_here_the_endpoints_own_silence_is_allowed_for() -> None:
    story = OverAReply()
    story.tell(SPEAKS)
    assert story.waits_for(Timer.CONFIRM) == 400 + SERVER.silence_ms
    assert story.gives(STOPS) == [RESUME]
    story = OverAReply()
    assert story.gives(SPEAKS, CONFIRM) == [HOLD, CLEAR]


def test_an_endpoint_that_goes_by_meaning_says_nothing_about_silence() -> None:
    wishes = replace(WISHES, session=do.ConfigureSession(turn_detection=SemanticVad()))
    story = OverAReply(wishes)
    story.tell(SPEAKS)
    assert story.waits_for(Timer.CONFIRM) == 400


def test_a_detector_here_that_hears_it_later_counts_from_there() -> None:
    story = OverAReply()
    story.tell(SPEAKS, VOICE)
    assert story.waits_for(Timer.CONFIRM) == 400
    assert story.gives(STOPS) == [], "here it goes on"
    assert story.gives(NO_VOICE, QUIET) == [RESUME]


def test_silence_here_means_nothing_where_nothing_was_heard_here() -> None:
    story = OverAReply()
    story.tell(SPEAKS, NO_VOICE)
    assert story.waits_for(Timer.QUIET) is None


def test_speech_that_the_endpoint_alone_hears_next_is_held_too() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, NO_VOICE, QUIET, STOPS)  # and the turn is never taken
    assert story.gives(on.SpeechStarted("item_10", 0)) == [HOLD]


def test_what_comes_of_the_reply_while_it_is_held_waits_behind_it() -> None:
    story = OverAReply(ends=False)
    story.tell(VOICE)
    more = on.AudioReceived(FIRST, pcm.silence(100))
    assert story.gives(more) == [do.PlayAudio(FIRST, pcm.silence(100))]


def test_a_short_sound_that_the_endpoint_hears_late_holds_nothing_again() -> None:
    story = OverAReply()
    story.tell(VOICE, NO_VOICE, QUIET)
    assert story.gives(SPEAKS, STOPS, ITEM) == []
    assert story.gives(on.UserTranscribed("item_9", "")) == [do.DeleteItem("item_9")]


def test_a_second_one_that_it_hears_late_holds_nothing_again_either() -> None:
    story = OverAReply().coughed()
    story.tell(on.UserTranscribed("item_9", ""), VOICE, NO_VOICE, QUIET)
    assert story.gives(on.SpeechStarted("item_10", 0)) == []


def test_two_short_sounds_in_one_turn_are_each_held_and_the_turn_has_one_end() -> None:
    story = OverAReply()
    orders = story.gives(VOICE, SPEAKS, NO_VOICE, QUIET, VOICE, NO_VOICE, QUIET, STOPS, ITEM)
    assert orders == [HOLD, RESUME, HOLD, RESUME]
    assert story.gives(on.UserTranscribed("item_9", "Mhm. Uh-huh.")) == [do.DeleteItem("item_9")]


def test_a_voice_while_nothing_sounds_or_is_to_come_is_the_endpoints_affair() -> None:
    story = OverAReply()
    story.tell(on.PartPlayed(FIRST, 4000), TAKEN)
    assert story.gives(VOICE, SPEAKS, CONFIRM, NO_VOICE, STOPS, ITEM) == []
    assert story.rules._replies.missing == "the reply"


# --- the words decide


@pytest.mark.parametrize("words", ["", "Mhm.", "Uh-huh, okay.", "[cough]", "Yeah, right…"])
def test_words_that_only_show_that_somebody_listens_are_forgotten(words: str) -> None:
    story = OverAReply().coughed()
    assert story.waits_for(Timer.WORDS) is None
    assert story.gives(on.UserTranscribed("item_9", words)) == [do.DeleteItem("item_9")]
    assert story.gives(WORDS) == []


@pytest.mark.parametrize("words", ["Stop!", "No.", "Wait", "Yes.", "Okay, stop.", "42"])
def test_any_other_word_interrupts_at_that_moment_and_is_answered(words: str) -> None:
    story = OverAReply().coughed()
    assert story.gives(on.UserTranscribed("item_9", words)) == [CLEAR, ASK]


def test_words_that_come_after_the_reply_was_heard_are_answered_all_the_same() -> None:
    story = OverAReply().coughed()
    story.tell(on.PartPlayed(FIRST, 4000))
    assert story.gives(on.UserTranscribed("item_9", "What?")) == [ASK]


def test_a_user_who_interrupts_by_a_word_is_answered_once_the_cancelled_reply_is_over() -> None:
    story = OverAReply(ends=False).coughed()
    assert story.gives(on.UserTranscribed("item_9", "Stop!")) == [CLEAR, CANCEL]
    assert story.gives(response_ended("resp_1", "cancelled")) == [ASK]


def test_what_was_short_is_answered_along_with_what_is_meant_and_not_again() -> None:
    story = OverAReply().coughed()
    story.tell(VOICE, on.SpeechStarted("item_10", 0), CONFIRM, cleared((FIRST, 900)), NO_VOICE)
    assert story.gives(on.SpeechStopped("item_10", 9), on.InputCommitted("item_10")) == [ASK]
    assert story.gives(on.UserTranscribed("item_9", "Stop!")) == []


def test_a_word_whose_meaning_comes_while_more_is_said_is_answered_along_with_that() -> None:
    story = OverAReply().coughed()
    story.tell(VOICE, on.SpeechStarted("item_10", 0))
    assert story.gives(on.UserTranscribed("item_9", "Stop!")) == [CLEAR]
    story.tell(cleared((FIRST, 900)), NO_VOICE, on.SpeechStopped("item_10", 9))
    assert story.gives(on.InputCommitted("item_10")) == [ASK]


def test_what_the_endpoint_alone_heard_as_the_first_reply_began_was_left_of_its_echo() -> None:
    """Its words would be the assistant's own; a detector on this side would have heard a user."""
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"), SPEAKS, STOPS)
    assert story.gives(ITEM) == [do.DeleteItem("item_9")]
    assert story.gives(on.UserTranscribed("item_9", "Stop.")) == []


def test_what_is_left_of_an_echo_is_no_interruption_however_long_the_endpoint_hears_it() -> None:
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"))
    assert story.gives(SPEAKS, CONFIRM) == [HOLD, RESUME]
    assert story.gives(VOICE, CONFIRM) == [HOLD, CLEAR], "somebody is heard here after all"
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"), SPEAKS, CONFIRM, STOPS)
    assert story.gives(ITEM) == [do.DeleteItem("item_9")]


def test_where_an_echo_is_left_the_endpoint_alone_holds_a_reply_once() -> None:
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"))
    assert story.gives(SPEAKS, STOPS, ITEM) == [HOLD, RESUME, do.DeleteItem("item_9")]
    again = on.SpeechStarted("i", 0), on.SpeechStopped("i", 9), on.InputCommitted("i")
    assert story.gives(*again) == [do.DeleteItem("i")]
    story.tell(on.SpeechStarted("j", 0))
    assert story.gives(VOICE, CONFIRM) == [HOLD, CLEAR], "it is heard here"


def test_later_the_endpoint_alone_holds_a_reply_as_often_as_it_hears_something() -> None:
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"), at(1000), SPEAKS, STOPS, ITEM, at(3000))
    assert story.gives(on.SpeechStarted("i", 0)) == [HOLD]
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"))
    story.coughed()
    assert story.gives(on.SpeechStarted("i", 0)) == [HOLD]
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"), SPEAKS, STOPS, ITEM)
    story.next_reply().tell(at(900, NEXT))
    assert story.gives(on.SpeechStarted("i", 0)) == [HOLD]


def at(ms: int, part: on.Part = FIRST) -> on.AudioPlayed:
    return on.AudioPlayed(pcm.silence(100), on.Heard(part, ms))


@pytest.mark.parametrize(("doing", "heard_ms"), [("headphones", 1000), ("cancelling", 3000)])
def test_later_and_with_headphones_the_words_of_what_the_endpoint_alone_heard_decide(
    doing: Any, heard_ms: int
) -> None:
    story = OverAReply()
    story.tell(on.EchoJudged(doing), at(heard_ms))
    story.tell(SPEAKS, STOPS, ITEM)
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


def test_what_was_heard_before_headphones_were_recognised_was_said_all_the_same() -> None:
    story = OverAReply()
    story.tell(on.EchoJudged("judging"), at(300), SPEAKS, STOPS, on.EchoJudged("headphones"), ITEM)
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


class OverTheNext(OverAReply):
    """The first reply was heard, and the next one has begun to sound."""

    def __init__(self, doing: Any = "cancelling") -> None:
        super().__init__()
        self.tell(on.EchoJudged(doing))
        self.next_reply()


def test_as_any_reply_begins_the_echo_may_come_from_elsewhere_and_be_left() -> None:
    """The speaker may have been opened again, and the canceller has yet to find out."""
    story = OverTheNext()
    story.tell(at(900, NEXT), SPEAKS, at(1000, NEXT), STOPS)
    assert story.gives(ITEM) == [do.DeleteItem("item_9")]


@pytest.mark.parametrize("heard_ms", [0, 1000])
def test_before_it_sounds_and_after_a_second_the_words_decide(heard_ms: int) -> None:
    story = OverTheNext()
    story.tell(at(heard_ms, NEXT), SPEAKS, STOPS, ITEM)
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


def test_as_a_reply_begins_what_is_heard_here_too_or_on_headphones_was_said() -> None:
    story = OverTheNext()
    story.tell(at(500, NEXT), SPEAKS, VOICE, NO_VOICE, QUIET, STOPS, ITEM)
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))
    story = OverTheNext("headphones")
    story.tell(at(500, NEXT), SPEAKS, STOPS, ITEM)
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


def heard_there(lasts_ms: int) -> list[on.Event]:
    """The endpoint hears something for so long, counting 300 ms before it and 500 behind it."""
    return [
        on.SpeechStarted("item_9", 5_000),
        on.SpeechStopped("item_9", 5_800 + lasts_ms),
        on.InputCommitted("item_9"),
    ]


@pytest.mark.parametrize("lasts_ms", [32, 76, 119])
def test_what_the_endpoint_alone_hears_for_a_moment_is_what_a_canceller_left(lasts_ms: int) -> None:
    story = OverTheNext()
    story.tell(at(3000, NEXT))
    assert story.gives(*heard_there(lasts_ms)) == [HOLD, RESUME, do.DeleteItem("item_9")]
    assert story.gives(on.UserTranscribed("item_9", "Thank you.")) == []


def test_a_word_is_longer_than_that() -> None:
    story = OverTheNext()
    story.tell(at(3000, NEXT), *heard_there(120))
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


def test_a_moment_that_is_heard_here_too_was_said() -> None:
    story = OverTheNext()
    starts, stops, item = heard_there(76)
    story.tell(at(3000, NEXT), VOICE, starts, NO_VOICE, QUIET, stops, item)
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


@pytest.mark.parametrize("doing", ["headphones", "platform"])
def test_where_nothing_is_cancelled_here_the_words_of_a_moment_decide(doing: Any) -> None:
    story = OverTheNext(doing)
    story.tell(at(3000, NEXT), *heard_there(76))
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


@pytest.mark.parametrize(
    ("start_ms", "end_ms"),
    [(None, 876), (0, None), (5_000, 5_400)],
    ids=["no start", "no end", "less than the padding"],
)
def test_where_it_is_not_told_how_long_it_was_its_words_decide(
    start_ms: int | None, end_ms: int | None
) -> None:
    story = OverTheNext()
    story.tell(at(3000, NEXT), on.SpeechStarted("item_9", start_ms))
    story.tell(on.SpeechStopped("item_9", end_ms), ITEM)
    assert CLEAR in story.gives(on.UserTranscribed("item_9", "Stop."))


def behind_it(lasts_ms: int) -> list[on.Event]:
    """It hears something right behind a moment of 76 ms: 100 ms of padding are left for that."""
    return [
        on.SpeechStarted("item_10", 5_876),
        on.SpeechStopped("item_10", 5_876 + 100 + lasts_ms + 500),
        on.InputCommitted("item_10"),
    ]


def test_a_moment_right_behind_another_is_one_too() -> None:
    story = OverTheNext()
    story.tell(at(3000, NEXT))
    assert story.gives(*heard_there(76), *behind_it(64))[-1] == do.DeleteItem("item_10")


@pytest.mark.parametrize("over", ["one reply", "two"])
def test_behind_a_word_or_over_another_reply_it_is_not_known_how_long_it_was(over: str) -> None:
    story = OverAReply()
    story.tell(on.EchoJudged("cancelling"), at(3000))
    story.tell(*heard_there(300 if over == "one reply" else 76))
    part = FIRST
    if over == "two":
        story.next_reply()
        part = NEXT
    story.tell(at(3100, part), *behind_it(64))
    assert CLEAR in story.gives(on.UserTranscribed("item_10", "Stop."))


def test_a_word_right_behind_a_moment_was_said() -> None:
    story = OverTheNext()
    story.tell(at(3000, NEXT), *heard_there(76), *behind_it(320))
    assert CLEAR in story.gives(on.UserTranscribed("item_10", "Stop."))


def test_who_speaks_on_behind_a_moment_interrupts() -> None:
    story = OverTheNext()
    story.tell(at(3000, NEXT), *heard_there(76))
    assert CLEAR in story.gives(on.SpeechStarted("item_10", 6_500), CONFIRM)


def test_what_was_said_at_the_end_of_a_reply_is_no_echo_of_the_next_beginning() -> None:
    story = OverTheNext()
    story.tell(on.AudioEnded(NEXT), on.ResponseEnded("resp_2", "completed"), at(3900, NEXT))
    assert story.gives(SPEAKS, STOPS) == [HOLD, RESUME]
    story.tell(on.PartPlayed(NEXT, 4000), ITEM)
    assert do.DeleteItem("item_9") not in story.asked
    assert ASK in story.gives(on.UserTranscribed("item_9", "Stop."))


def test_nobody_waits_for_the_words_of_what_was_a_noise() -> None:
    story = OverAReply(replace(WISHES, recorded=True)).coughed()
    story.tell(WORDS, on.CaptureEnded(), on.PartPlayed(FIRST, 4000))
    assert story.leaves


def test_words_that_do_not_come_in_time_were_a_noise_and_that_is_said_once() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, NO_VOICE, QUIET, STOPS, ITEM)
    assert story.waits_for(Timer.WORDS) == 1500
    orders = story.gives(WORDS)
    assert orders[1:] == [do.DeleteItem("item_9")]
    assert isinstance(orders[0], do.Warn) and "noise" in orders[0].message
    begins, ends = on.SpeechStarted("item_10", 0), on.SpeechStopped("item_10", 9)
    again = story.gives(VOICE, begins, NO_VOICE, QUIET, ends, on.InputCommitted("item_10"), WORDS)
    assert again == [HOLD, RESUME, do.DeleteItem("item_10")]


def test_words_that_cannot_be_known_were_a_noise() -> None:
    story = OverAReply().coughed()
    orders = story.gives(on.UserTranscriptionFailed("item_9", "too short"))
    assert orders[1:] == [do.DeleteItem("item_9")]


def test_without_a_transcript_what_was_short_is_a_noise_at_once() -> None:
    story = OverAReply(replace(WISHES, transcription=()))
    assert story.gives(VOICE, SPEAKS, NO_VOICE, QUIET) == [HOLD, RESUME]
    orders = story.gives(STOPS, ITEM)
    assert orders[1:] == [do.DeleteItem("item_9")]


def test_the_language_of_the_user_chooses_the_words_and_the_user_may_add_some() -> None:
    german = (do.ConfigureTranscription("one", "de"),)
    for words, forgotten in (("Ja, genau.", True), ("Right.", False), ("Jawoll!", True)):
        wishes = replace(WISHES, transcription=german, backchannels=("jawoll",))
        orders = OverAReply(wishes).coughed().gives(on.UserTranscribed("item_9", words))
        assert (orders == [do.DeleteItem("item_9")]) is forgotten, words


@pytest.mark.parametrize(
    ("language", "words", "forgotten"),
    [
        ("en-US", "Ja.", False),  # the language counts, not the country
        ("en", "Got it!", True),
        ("en", "It.", False),  # half a phrase
        ("en", "It got.", False),
        ("fr", "D\u2019accord.", True),  # as typographers write it
        ("fr", "_Oui_", True),
    ],
)
def test_words_are_compared_as_they_are_meant(language: str, words: str, forgotten: bool) -> None:
    wishes = replace(WISHES, transcription=(do.ConfigureTranscription("one", language),))
    orders = OverAReply(wishes).coughed().gives(on.UserTranscribed("item_9", words))
    assert (orders == [do.DeleteItem("item_9")]) is forgotten


def test_a_turn_that_ends_for_the_endpoint_before_it_was_decided_is_decided_here() -> None:
    story = OverAReply()
    assert story.gives(VOICE, SPEAKS, STOPS, ITEM) == [HOLD]
    assert story.gives(CONFIRM) == [CLEAR, ASK], "it went on: it is answered"
    story = OverAReply()
    orders = story.gives(VOICE, SPEAKS, STOPS, ITEM, on.UserTranscribed("item_9", "Mhm"))
    assert orders == [HOLD, do.DeleteItem("item_9"), RESUME]


def test_a_turn_that_is_an_item_before_the_silence_here_is_over_waits_for_its_words() -> None:
    story = OverAReply()
    assert story.gives(VOICE, SPEAKS, NO_VOICE, STOPS, ITEM, QUIET) == [HOLD, RESUME]
    assert story.gives(on.UserTranscribed("item_9", "Stop!")) == [CLEAR, ASK]


def test_without_a_transcript_it_is_a_noise_as_soon_as_the_silence_here_is_over() -> None:
    story = OverAReply(replace(WISHES, transcription=()))
    assert story.gives(VOICE, SPEAKS, NO_VOICE, STOPS, ITEM) == [HOLD]
    given = [each for each in story.gives(QUIET) if not isinstance(each, do.Warn)]
    assert given == [RESUME, do.DeleteItem("item_9")]


def test_what_is_owed_is_asked_for_when_what_was_said_meanwhile_was_nothing() -> None:
    """A call was answered while somebody coughed: the next round is not forgotten over it."""
    story = OverAReply(ends=False)
    call = on.FunctionCalled("resp_1", "item_c", "call_1", "f", "{}")
    story.tell(VOICE, SPEAKS, NO_VOICE, QUIET, call, on.AudioEnded(FIRST))
    assert ASK not in story.gives(ended()), "somebody speaks, as far as the endpoint knows"
    story.tell(STOPS, ITEM)
    assert story.gives(on.UserTranscribed("item_9", "")) == [do.DeleteItem("item_9"), ASK]


# --- keys


KEYS = [on.InterruptPressed(), on.TextEntered("Listen."), on.StopPressed()]


@pytest.mark.parametrize("mode", ["confirm", "instant", "never"])
@pytest.mark.parametrize("key", KEYS, ids=["key", "typed", "stop"])
def test_a_key_interrupts_at_once_in_every_mode(mode: BargeInMode, key: on.Event) -> None:
    story = OverAReply(replace(WISHES, barge_in=mode), taken=mode != "instant")
    assert story.gives(key)[0] == CLEAR


@pytest.mark.parametrize("key", KEYS, ids=["key", "typed", "stop"])
def test_a_key_interrupts_what_is_held_and_what_is_being_said_is_answered(key: on.Event) -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS)
    assert story.gives(key)[0] == CLEAR
    assert story.waits_for(Timer.CONFIRM) is None
    story.tell(cleared((FIRST, 900)), on.ResponseStarted("resp_2"), ended())
    assert RESUME not in story.gives(NO_VOICE, STOPS)
    assert not story.rules._barge_in.held


def test_what_is_said_on_after_a_key_is_answered_without_waiting_for_its_words() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, on.InterruptPressed(), cleared((FIRST, 900)))
    assert story.gives(NO_VOICE, STOPS, ITEM) == [ASK]


def test_a_reply_that_is_only_to_come_is_let_go_by_a_key_too() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, CONFIRM, cleared((FIRST, 900)), NO_VOICE, STOPS, ITEM)
    assert story.gives(on.VoiceStarted()) == [HOLD], "over the answer that is to come"
    assert story.gives(on.TextEntered("Never mind."))[0] == CLEAR
    assert not story.rules._barge_in.held


def test_what_is_held_for_an_answer_that_does_not_come_is_let_go() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, CONFIRM, cleared((FIRST, 900)), NO_VOICE, STOPS, ITEM)
    assert story.gives(VOICE, on.ResponseStarted("resp_2")) == [HOLD]
    assert RESUME in story.gives(response_ended("resp_2", "failed", "x", "No."))


# --- instant, never, and what is chosen without a wish


def test_instant_is_as_ever_and_never_asks_the_endpoint_for_a_change() -> None:
    story = OverAReply(replace(WISHES, barge_in="instant"), taken=False)
    assert story.gives(VOICE) == []
    assert story.gives(SPEAKS) == [CLEAR]
    story.tell(cleared((FIRST, 100)), STOPS, ITEM)
    assert ASK not in story.asked
    assert not story.of(do.ConfigureTurns)


@pytest.mark.parametrize("doing", ["judging", "cancelling", "headphones", "platform"])
def test_without_a_wish_it_is_confirmed_where_the_echo_is_under_control(doing: Any) -> None:
    story = OverAReply(replace(WISHES, barge_in=None), taken=False)
    assert story.gives(on.EchoJudged(doing)) == [OFF]
    assert story.gives(TAKEN, VOICE) == [HOLD]


@pytest.mark.parametrize("doing", ["", "half-duplex", "off"])
def test_without_a_wish_and_without_that_speech_interrupts_at_once(doing: Any) -> None:
    story = OverAReply(replace(WISHES, barge_in=None), taken=False)
    if doing:
        story.tell(on.EchoJudged(doing))
    assert story.gives(VOICE) == []
    assert story.gives(SPEAKS) == [CLEAR]


def test_with_never_speech_over_a_reply_changes_nothing_and_is_forgotten() -> None:
    story = OverAReply(replace(WISHES, barge_in="never"))
    assert story.gives(VOICE, SPEAKS, NO_VOICE, STOPS, ITEM) == [do.DeleteItem("item_9")]


def test_with_never_what_is_still_being_said_when_the_reply_ends_is_answered() -> None:
    story = OverAReply(replace(WISHES, barge_in="never"))
    story.tell(SPEAKS, on.PartPlayed(FIRST, 4000))
    assert story.gives(STOPS, ITEM) == [ASK]


def test_the_first_seconds_of_the_first_reply_are_guarded_while_the_echo_is_not_known() -> None:
    wishes = replace(WISHES, barge_in="instant")
    story = OverAReply(wishes, taken=False)
    assert story.gives(on.EchoJudged("judging")) == [OFF]
    story.tell(TAKEN, on.AudioPlayed(pcm.silence(100), on.Heard(FIRST, 2900)))
    assert story.gives(VOICE) == [HOLD]
    assert story.gives(NO_VOICE, QUIET) == [RESUME]
    story.tell(on.AudioPlayed(pcm.silence(100), on.Heard(FIRST, 3000)))
    assert story.of(do.ConfigureTurns)[-1] == ON
    assert story.gives(TAKEN, VOICE, SPEAKS) == [CLEAR]


def test_the_second_reply_is_not_guarded() -> None:
    story = OverAReply(replace(WISHES, barge_in="instant"), taken=False)
    story.tell(on.EchoJudged("judging"), TAKEN, on.PartPlayed(FIRST, 2000), TAKEN)
    story.tell(on.InputCommitted("item_5"), on.ResponseStarted("resp_2"))
    assert OFF not in story.gives(on.AudioReceived(NEXT, pcm.silence(900)))
    assert story.gives(SPEAKS)[0] == CLEAR


@pytest.mark.parametrize(
    "wishes",
    [
        replace(WISHES, session=do.ConfigureSession()),
        replace(WISHES, half_duplex=True),
        replace(WISHES, session=do.ConfigureSession(text_only=True, turn_detection=SERVER)),
    ],
    ids=["by key", "half duplex", "written"],
)
def test_where_there_is_nothing_to_confirm_no_voice_holds_anything(wishes: TalkWishes) -> None:
    story = OverAReply(wishes, taken=False)
    assert story.gives(on.EchoJudged("cancelling"), VOICE) == []


# --- in step with the endpoint


def test_the_endpoint_decides_again_when_the_reply_was_heard_and_nothing_is_open() -> None:
    story = OverAReply()
    assert story.gives(on.PartPlayed(FIRST, 4000)) == [ON]
    story = OverAReply(ends=False)
    assert story.gives(on.PartPlayed(FIRST, 4000)) == [], "more of it is to come"
    assert story.gives(ended()) == [ON]
    story = OverAReply().coughed()
    assert story.gives(on.PartPlayed(FIRST, 4000)) == [], "there may be something to answer"
    assert story.gives(on.UserTranscribed("item_9", "")) == [do.DeleteItem("item_9"), ON]


def test_nothing_is_changed_while_the_user_speaks() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS)
    assert ON not in story.gives(CONFIRM, cleared((FIRST, 900)))
    assert story.gives(NO_VOICE, STOPS, ITEM) == [ASK]
    story = OverAReply()
    assert ON not in story.gives(VOICE, CONFIRM, cleared((FIRST, 900))), "heard here alone so far"
    assert story.gives(NO_VOICE) == [ON]


def test_one_change_is_asked_for_at_a_time() -> None:
    story = OverAReply(taken=False)
    assert story.gives(on.PartPlayed(FIRST, 4000)) == []
    assert story.gives(TAKEN) == [ON]


def test_a_turn_that_the_endpoint_takes_before_it_takes_the_change_is_left_to_it() -> None:
    story = OverAReply(taken=False, ends=False)
    story.tell(VOICE, SPEAKS, NO_VOICE, STOPS)
    assert story.gives(ITEM) == [CLEAR], "it has stopped, and will answer"
    assert story.gives(cleared((FIRST, 900)), TAKEN) == [do.TruncateItem("item_1", 0, 900)]
    assert story.gives(on.ResponseStarted("resp_2")) == []
    assert ASK not in story.asked
    story.tell(on.AudioReceived(on.Part("resp_2", "item_4", 0, 0), pcm.silence(900)))
    assert story.gives(on.SpeechStarted("item_10", 0)) == [HOLD], "and that was all of it"


def test_an_answer_that_the_change_has_overtaken_is_asked_for_after_all_and_once() -> None:
    story = OverAReply(taken=False)
    story.tell(SPEAKS, STOPS, ITEM, TAKEN)
    assert story.waits_for(Timer.CROSSED) == 2000
    assert story.gives(CROSSED) == [ASK]
    assert story.gives(CROSSED) == []


def test_a_turn_that_an_endpoint_takes_without_a_word_of_speech_is_its_own_idea() -> None:
    """It is left to it, as silence that lasts too long is; if it says nothing, it is asked."""
    story = OverAReply()
    assert story.gives(ITEM) == []
    assert story.waits_for(Timer.CROSSED) == 2000
    assert story.gives(CROSSED) == [ASK]


def test_a_turn_that_was_heard_here_alone_was_spoken_all_the_same() -> None:
    story = OverAReply()
    assert story.gives(VOICE, CONFIRM) == [HOLD, CLEAR]
    assert story.gives(cleared((FIRST, 900))) == [do.TruncateItem("item_1", 0, 900)]
    assert story.gives(ITEM) == [ASK]


def test_an_answer_that_came_meanwhile_is_not_asked_for_again() -> None:
    story = OverAReply(taken=False)
    story.tell(SPEAKS, STOPS, ITEM, on.ResponseStarted("resp_2"), TAKEN)
    assert story.gives(CROSSED) == []


def test_an_endpoint_that_stopped_before_it_took_the_change_was_right_to() -> None:
    story = OverAReply(taken=False, ends=False)
    story.tell(SPEAKS)
    cut = response_ended("resp_1", "cancelled", "turn_detected")
    assert story.gives(TAKEN, cut) == [CLEAR]
    assert not story.of(do.Warn)
    assert story.gives(STOPS, ITEM) == [ASK], "it will not answer any more"


# --- endpoints that do as they like


BUSY = on.ErrorReported("", "x", "Another is under way.", cause=Cause.BUSY, order="CreateResponse")


def warned(story: Story) -> bool:
    return any("by itself" in each.message for each in story.of(do.Warn))


def instant_now(story: OverAReply) -> bool:
    """Whether speech interrupts at once, and the endpoint's answers are waited for."""
    story.tell(TAKEN, on.InputCommitted("item_20"), on.ResponseStarted("resp_20"))
    later = on.Part("resp_20", "item_21", 0, 0)
    story.tell(on.AudioReceived(later, pcm.silence(900)), on.PartStarted(later))
    return story.gives(VOICE) == [] and story.gives(on.SpeechStarted("item_22", 0))[0] == CLEAR


def test_an_endpoint_that_stops_by_itself_is_noticed_once_and_let_do_so() -> None:
    story = OverAReply(ends=False)
    story.tell(VOICE, SPEAKS)
    orders = story.gives(response_ended("resp_1", "cancelled", "turn_detected"))
    assert orders[0] == CLEAR and orders[-1] == ON
    assert warned(story)
    assert instant_now(story)
    assert len(story.of(do.Warn)) == 1


@pytest.mark.parametrize("spoken", [False, True], ids=["it was all", "more is being said"])
def test_what_was_said_before_an_endpoint_stopped_by_itself_is_answered_once(spoken: bool) -> None:
    story = OverAReply(ends=False).coughed()
    if spoken:
        story.tell(on.SpeechStarted("item_10", 2000))
    orders = story.gives(response_ended("resp_1", "cancelled", "turn_detected"))
    assert CLEAR in orders
    assert orders.count(ASK) == (0 if spoken else 1), "what is being said will be answered with it"


@pytest.mark.parametrize("known", [True, False], ids=["known as one", "not known yet"])
def test_an_endpoint_that_answers_a_cough_by_itself_is_noticed_and_let_do_so(known: bool) -> None:
    story = OverAReply().coughed()
    if known:
        story.tell(on.UserTranscribed("item_9", ""))
    orders = story.gives(on.ResponseStarted("resp_2"))
    assert CLEAR in orders and orders[-1] == ON
    assert warned(story)


def test_an_endpoint_that_answers_what_is_asked_for_by_itself_is_asked_no_second_time() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, CONFIRM, cleared((FIRST, 900)), NO_VOICE, STOPS, ITEM)
    orders = story.gives(on.ResponseStarted("resp_2"), BUSY)
    assert warned(story)
    assert orders[-1] == ON
    assert ASK not in story.gives(response_ended("resp_2", "completed"))


def test_an_endpoint_that_has_answered_by_itself_before_it_is_asked_to_is_noticed() -> None:
    story = OverAReply()
    story.tell(VOICE, SPEAKS, CONFIRM, cleared((FIRST, 900)), NO_VOICE, STOPS, ITEM)
    story.tell(on.ResponseStarted("resp_2"), on.AudioReceived(NEXT, pcm.silence(900)))
    story.tell(response_ended("resp_2", "completed"))
    assert not warned(story), "it was asked for that one"
    orders = story.gives(on.ResponseStarted("resp_3"))
    assert CLEAR in orders and orders[-1] == ON
    assert warned(story)
    assert instant_now(story)


def test_an_endpoint_that_refuses_the_change_is_let_decide() -> None:
    story = OverAReply(taken=False)
    no = on.ErrorReported("", "unknown_parameter", "No.", order="ConfigureTurns")
    assert story.gives(no)[-1] == ON
    assert warned(story)
    assert story.gives(VOICE) == []


# --- leaving


def test_a_held_reply_is_still_playing() -> None:
    story = OverAReply(replace(WISHES, recorded=True))
    story.tell(VOICE, on.CaptureEnded())
    assert not story.leaves
    story.tell(NO_VOICE, QUIET, on.PartPlayed(FIRST, 4000))
    assert story.leaves


def test_when_the_time_is_up_a_held_reply_goes_on() -> None:
    story = OverAReply(replace(WISHES, max_ms=60_000))
    story.tell(VOICE)
    assert RESUME in story.gives(on.TimerFired(Timer.LIMIT))
    assert story.gives(VOICE) == [], "nothing more is heard"


def test_when_the_connection_is_lost_a_held_reply_is_heard_out() -> None:
    story = OverAReply()
    story.tell(VOICE)
    assert RESUME in story.gives(on.ConnectionLost())
    story.tell(on.PartPlayed(FIRST, 4000), on.TimerFired(Timer.GRACE))
    assert not story.of(do.ConfigureTurns), "nobody is there to be asked"
    assert isinstance(story.error, NetworkError)


def test_whoever_mutes_while_it_is_held_lets_it_go_on() -> None:
    story = OverAReply()
    story.tell(VOICE)
    assert RESUME in story.gives(on.MutePressed())
    assert story.gives(VOICE) == [], "what is not sent is not meant"
