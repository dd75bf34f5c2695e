"""A connection is lost, and made again: what of the conversation the new session is told."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from conversing import CHUNK, FIRST, SERVER, Story, cleared, ended

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.phases import Phase, Timer
from s2s.conversation.reconnecting import PAUSES_MS, SHORTEST
from s2s.conversation.session_config import Speed, TalkWishes
from s2s.conversation.transcript.transcript import Transcript
from s2s.errors import NetworkError, RefusedError

LOUD = b"\x00\x20" * 480
SOFT = b"\x00\x01" * 480  # no speech, and not nothing
LOST = on.ConnectionLost()
STARTED, CONFIGURED = on.SessionStarted("sess_2", "m"), on.SessionConfigured()
WISHES = TalkWishes(do.ConfigureSession(turn_detection=SERVER), reconnect_ms=300_000, chance=1.0)
BY_KEY = TalkWishes(do.ConfigureSession(), reconnect_ms=300_000)
FOR_ENDPOINT = (
    do.SeedItem, do.SendAudio, do.CommitAudio, do.ClearInput, do.CreateUserText, do.CreateResponse,
    do.TruncateItem, do.DeleteItem, do.CancelResponse,
)  # fmt: skip


def story(wishes: TalkWishes = WISHES) -> Story:
    return Story(wishes, there=False).talking()


def turn(
    told: Story, number: int, words: str = "", reply: str = "Yes.", *, ends: bool = True
) -> Story:
    """The user speaks, and is answered with a second of sound that is heard whole."""
    user, answer = f"user_{number}", on.Part(f"resp_{number}", f"item_{number}", 0, 0)
    told.tell(
        on.SpeechStarted(user, None), on.SpeechStopped(user, None), on.InputCommitted(user),
        on.ItemAdded(user, "", "message", "user"), on.ResponseStarted(answer.response_id),
    )  # fmt: skip
    if words:
        told.tell(on.UserTranscribed(user, words))
    told.tell(on.TextReceived(answer, reply), on.AudioReceived(answer, pcm.silence(1000)))
    if ends:
        told.tell(
            on.PartStarted(answer),
            on.AudioEnded(answer),
            on.ResponseEnded(answer.response_id, "completed", item_ids=(answer.item_id,)),
            on.PartPlayed(answer, 1000),
        )
    return told


def again(told: Story) -> Story:
    """The network is back, and the endpoint takes what it is told."""
    told.tell(STARTED, CONFIGURED)
    if told.rules.phase == Phase.SEEDING:
        told.tell(CONFIGURED)
    assert told.rules.phase == Phase.TALKING
    return told


def sent(told: Story) -> list[do.Command]:
    """Return what was for the endpoint since the last connection."""
    last = max(
        n for n, each in enumerate(told.asked) if isinstance(each, do.Connect | do.SwitchOver)
    )
    return [each for each in told.asked[last:] if isinstance(each, FOR_ENDPOINT)]


def seeds(told: Story) -> list[tuple[str, str, str]]:
    found = [each for each in sent(told) if isinstance(each, do.SeedItem)]
    return [(each.item_id, each.role, each.text) for each in found]


def warnings(told: Story) -> list[str]:
    return [each.message for each in told.of(do.Warn)]


def test_without_the_wish_a_lost_connection_ends_it() -> None:
    told = Story().talking().tell(LOST)
    assert isinstance(told.error, NetworkError)
    assert not told.of(do.Connect)


def test_a_lost_connection_is_made_again_at_once_and_is_told_of() -> None:
    told = story().tell(LOST)
    assert told.of(do.Connect)
    assert told.state == "connecting again"
    assert warnings(told) == ["The connection was lost while talking. Connecting again."]
    again(told)
    assert told.state == "listening"
    assert warnings(told)[-1] == "Connected again: kept 0 turns."


def test_the_pauses_between_tries_grow_to_three_seconds_and_differ_by_chance() -> None:
    told = story().tell(LOST)
    pauses = []
    for _ in range(6):
        told.tell(on.ConnectFailed(NetworkError("Nothing listens.")))
        pauses.append(
            next(each.ms for each in reversed(told.of(do.StartTimer)) if each.name == Timer.AGAIN)
        )
        told.tell(on.TimerFired(Timer.AGAIN))
    full = (*PAUSES_MS[1:], 3000.0, 3000.0)
    assert all(SHORTEST * most <= pause <= most for pause, most in zip(pauses, full, strict=True))
    assert len(set(pauses[3:])) == 3
    assert len(told.of(do.Connect)) == 7


def test_a_try_that_hangs_is_given_up_for_another_without_a_pause() -> None:
    told = story().tell(LOST, on.TimerFired(Timer.SETUP))
    assert len(told.of(do.Connect)) == 2


def waits(told: Story, timer: Timer) -> float | None:
    """After how many milliseconds a timer fires; None: it does not run."""
    runs: float | None = None
    for each in told.asked:
        if isinstance(each, do.StartTimer | do.CancelTimer) and each.name == timer:
            runs = each.ms if isinstance(each, do.StartTimer) else None
    return runs


def test_a_try_may_take_four_seconds_and_after_half_a_minute_one_may_take_ten() -> None:
    told = story().tell(LOST)
    tries = []
    for _ in range(9):
        tries.append(waits(told, Timer.SETUP))
        told.tell(on.TimerFired(Timer.SETUP))
    assert tries == [4_000.0] * 7 + [10_000.0, 4_000.0]


def test_a_try_takes_no_longer_than_the_user_waits_for_the_endpoint() -> None:
    told = story(replace(WISHES, timeout_ms=1_500.0)).tell(LOST)
    assert waits(told, Timer.SETUP) == 1_500.0


def test_no_try_runs_while_it_pauses() -> None:
    told = story().tell(LOST, on.ConnectFailed(NetworkError("Nothing listens.")))
    assert waits(told, Timer.SETUP) is None


def test_a_new_session_has_ten_seconds_to_be_set_up_and_two_to_take_the_history() -> None:
    told = turn(story(), 1, "Hello.").tell(LOST, STARTED)
    assert waits(told, Timer.SETUP) == 10_000.0
    told.tell(CONFIGURED)
    assert waits(told, Timer.SETUP) == 2_000.0


def test_the_wished_time_runs_from_the_loss_and_a_session_is_steady_after_ten_seconds() -> None:
    told = story().tell(LOST)
    assert waits(told, Timer.GIVE_UP) == 300_000
    assert waits(again(told), Timer.STEADY) == 10_000.0
    assert waits(told.tell(LOST), Timer.STEADY) is None, "it was not"


def test_an_endpoint_that_allows_no_more_for_now_is_tried_again() -> None:
    told = story().tell(LOST, on.ConnectFailed(RefusedError("Too many.", code="rate_limited")))
    assert not told.of(do.End)
    assert waits(told, Timer.AGAIN)
    told = story().tell(LOST, on.ConnectFailed(RefusedError("The key is wrong.")))
    assert isinstance(told.error, RefusedError)


def test_an_endpoint_that_says_for_how_long_is_left_alone_for_so_long() -> None:
    busy = NetworkError("HTTP 503.", code="unavailable")
    busy.retry_after_s = 20.0
    assert waits(story().tell(LOST, on.ConnectFailed(busy)), Timer.AGAIN) == 20_000.0
    first = Story(WISHES, there=False).tell(on.ConnectFailed(busy))
    assert waits(first, Timer.AGAIN) == 20_000.0
    busy.retry_after_s = 0.1
    again = waits(story().tell(LOST, on.ConnectFailed(busy)), Timer.AGAIN)
    assert again and again > 100.0, "no sooner than any other"


def test_what_is_left_of_trying_ends_with_it() -> None:
    told = story().tell(LOST, on.ConnectFailed(NetworkError("Nothing listens.")))
    told.tell(on.ConnectFailed(RefusedError("The key is wrong.")))
    assert (waits(told, Timer.AGAIN), waits(told, Timer.SETUP)) == (None, None)


def test_after_the_wished_time_it_ends_with_what_it_was_lost_by() -> None:
    told = story().tell(LOST, on.TimerFired(Timer.GIVE_UP))
    assert told.error
    assert "lost while talking" in told.error.message
    assert "for 300 s" in told.error.message


def limits(told: Story) -> list[str]:
    kinds = (do.StartTimer, do.CancelTimer)
    timers = [each for each in told.asked if isinstance(each, kinds) and each.name == Timer.GIVE_UP]
    return [type(each).__name__ for each in timers]


def test_a_handshake_does_not_win_back_the_time_for_trying_and_an_answer_does() -> None:
    told = again(story().tell(LOST))
    again(told.tell(LOST, on.TimerFired(Timer.AGAIN)))
    assert limits(told) == ["StartTimer"], "it runs since the first loss"
    turn(told, 1, "Hello.")
    assert limits(told) == ["StartTimer", "CancelTimer"]
    told.asked.clear()
    told.tell(LOST)
    assert told.of(do.Connect), "at once again"
    assert limits(told) == ["StartTimer"]


def test_a_session_that_stands_for_a_while_and_owes_nothing_wins_it_back_too() -> None:
    told = again(story().tell(LOST))
    told.tell(on.TimerFired(Timer.STEADY))
    assert limits(told) == ["StartTimer", "CancelTimer"]
    told.tell(LOST)
    assert limits(told)[-1] == "StartTimer"


def test_sessions_that_never_answer_are_not_opened_for_ever() -> None:
    wishes = TalkWishes(WISHES.session, reconnect_ms=60_000, recorded=True)
    told = story(wishes)
    told.tell(on.InputCommitted("user_1"), on.TimerFired(Timer.ANSWER))
    again(told)
    told.tell(on.TimerFired(Timer.STEADY), on.TimerFired(Timer.GIVE_UP))
    told.tell(on.TimerFired(Timer.ANSWER))
    assert told.error
    assert told.error.code == "no_answer"


@pytest.mark.parametrize(
    "cause",
    [
        Cause.KEY, Cause.PERMISSION, Cause.QUOTA, Cause.CREDIT, Cause.BILLING, Cause.ACCOUNT,
        Cause.NO_MODEL, Cause.WRONG_MODEL, Cause.UNKNOWN_MODEL, Cause.UNLOADED_MODEL,
    ],
)  # fmt: skip
@pytest.mark.parametrize("when", ["talking", "by its close", "again", "again by its close"])
def test_what_no_other_connection_would_mend_is_not_tried_again(cause: Cause, when: str) -> None:
    told = story()
    if when.startswith("again"):
        told.tell(LOST)
    complaint = on.ErrorReported("", "x", "No more of this.", cause=cause)
    told.tell(on.ConnectionLost(3000, "No more.", cause) if "close" in when else complaint)
    assert isinstance(told.error, RefusedError)
    assert "No more" in told.error.message
    assert told.error.hint
    assert len(told.of(do.Connect)) == when.startswith("again")


@pytest.mark.parametrize("cause", [Cause.EXPIRED, Cause.SERVER, Cause.RATE_LIMIT])
def test_what_another_session_may_do_better_is_tried_again(cause: Cause) -> None:
    told = story().tell(LOST, on.ErrorReported("", "x", "Later.", cause=cause))
    assert not told.of(do.End)
    told.tell(on.TimerFired(Timer.AGAIN))
    assert len(told.of(do.Connect)) == 2


def test_a_session_that_has_expired_is_followed_by_another() -> None:
    expired = on.ErrorReported("", "x", "The maximum duration.", cause=Cause.EXPIRED)
    told = story().tell(expired)
    assert told.of(do.Connect)
    assert not told.of(do.End)


def test_a_first_connection_that_cannot_be_made_is_told_at_once() -> None:
    told = Story(WISHES, there=False).tell(on.ConnectFailed(NetworkError("Nothing listens.")))
    assert told.error
    assert told.error.message == "Nothing listens."


def test_an_endpoint_that_is_unavailable_for_a_moment_is_tried_again_also_at_first() -> None:
    told = Story(WISHES, there=False).tell(
        on.ConnectFailed(NetworkError("HTTP 503.", code="unavailable"))
    )
    assert len(told.of(do.Connect)) == 2


# --- what a new session is told


def test_the_history_is_told_as_text_in_order() -> None:
    told = turn(turn(story(), 1, "What is one?", "A number."), 2, "And two?", "Another.")
    again(told.tell(LOST))
    assert seeds(told) == [
        ("user_1", "user", "What is one?"), ("item_1", "assistant", "A number."),
        ("user_2", "user", "And two?"), ("item_2", "assistant", "Another."),
    ]  # fmt: skip
    assert do.CreateResponse() not in sent(told), "all of it was answered"
    assert warnings(told)[-1] == "Connected again: kept 4 turns."


def test_of_an_answer_that_was_cut_what_was_heard_is_told() -> None:
    told = turn(story(), 1, "Tell me.", "One two three four five six seven eight.", ends=False)
    part = on.Part("resp_1", "item_1", 0, 0)
    told.tell(
        on.AudioEnded(part), on.PartStarted(part), on.InterruptPressed(), cleared((part, 500))
    )
    again(told.tell(LOST))
    assert seeds(told)[-1] == ("item_1", "assistant", "One two three four")


def test_a_typed_turn_is_told_and_an_unanswered_one_is_answered_once() -> None:
    told = story().tell(on.TextEntered("Who are you?"), LOST)
    again(told)
    assert seeds(told) == [("", "user", "Who are you?")]
    assert sent(told).count(do.CreateResponse()) == 1
    assert not [each for each in sent(told) if isinstance(each, do.CreateUserText)]


def test_what_is_typed_while_there_is_no_connection_waits_and_is_answered_once() -> None:
    told = story().tell(LOST, on.TextEntered("Hello?"))
    assert do.CreateUserText("Hello?") not in told.asked
    again(told)
    assert sent(told) == [do.CreateUserText("Hello?"), do.CreateResponse()]


def test_what_was_typed_before_the_first_connection_stood_is_asked_once_after_a_loss() -> None:
    told = Story(WISHES, there=False).tell(on.TextEntered("Hello?"), LOST)
    again(told)
    assert sent(told) == [do.CreateUserText("Hello?"), do.CreateResponse()]


@pytest.mark.parametrize("heard", [False, True])
def test_an_answer_is_owed_if_none_of_it_had_come(heard: bool) -> None:
    told = story().tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    told.tell(on.ResponseStarted("resp_1"), on.TextReceived(FIRST, "Hello"))
    if heard:
        told.tell(on.AudioReceived(FIRST, pcm.silence(40)))
    again(told.tell(LOST))
    assert sent(told).count(do.CreateResponse()) == (not heard)


def test_an_answer_that_the_user_has_interrupted_is_not_owed() -> None:
    told = story().tell(on.InputCommitted("user_1"), on.ResponseStarted("resp_1"))
    again(told.tell(on.InterruptPressed(), LOST))
    assert do.CreateResponse() not in sent(told)


def test_a_turn_without_words_is_told_as_its_sound() -> None:
    told = story()
    for _ in range(50):
        told.tell(on.AudioCaptured(LOUD))
    told.tell(on.SpeechStarted("user_1", 200), on.SpeechStopped("user_1", 700))
    told.tell(on.InputCommitted("user_1"))
    again(told.tell(LOST))
    (item,) = [each for each in sent(told) if isinstance(each, do.SeedItem)]
    assert (item.item_id, item.role, item.text) == ("user_1", "user", "")
    assert pcm.duration_ms(len(item.pcm)) == 500
    assert do.CreateResponse() in sent(told)


def test_a_reply_that_sounds_is_played_on_and_told_when_it_is_over() -> None:
    told = turn(story(), 1, "Tell me.", "One two three four five six seven eight.", ends=False)
    part = on.Part("resp_1", "item_1", 0, 0)
    told.tell(on.PartStarted(part), LOST)
    assert told.of(do.EndPart) == [do.EndPart(part)]
    assert not told.of(do.ClearPlayout)
    again(told)
    assert seeds(told) == [("user_1", "user", "Tell me.")]
    told.tell(on.PartPlayed(part, 1000))
    (_, heard) = seeds(told)
    assert heard[:2] == ("item_1", "assistant")
    assert heard[2].startswith("One two")
    assert not heard[2].endswith("eight."), "the rest has not come, and was not heard"
    last = cast(do.SeedItem, sent(told)[-1])
    assert last.after == "user_1"


def test_a_reply_that_is_cut_after_a_reconnection_is_told_as_it_was_heard() -> None:
    told = turn(story(), 1, "Tell me.", "One two three four five six seven eight.", ends=False)
    part = on.Part("resp_1", "item_1", 0, 0)
    again(told.tell(on.PartStarted(part), LOST))
    told.tell(on.SpeechStarted("user_2", 0), cleared((part, 300)))
    assert not [each for each in sent(told) if isinstance(each, do.TruncateItem | do.DeleteItem)]
    assert seeds(told)[-1][0] == "item_1"


def test_the_oldest_turns_are_left_out_when_there_is_no_room_and_that_is_said() -> None:
    told = story()
    for number in range(1, 31):
        turn(told, number, "word " * 300, "answer " * 300)
    again(told.tell(LOST))
    kept = seeds(told)
    assert 20 < len(kept) < 60
    assert kept[-1][0] == "item_30"
    assert [each[0] for each in kept] == [*(
        f"{who}_{n}" for n in range(1, 31) for who in ("user", "item")
    )][-len(kept):]  # fmt: skip
    assert warnings(told)[-1] == (
        f"Connected again: kept {len(kept)} turns, lost {60 - len(kept)} turns."
    )


def test_an_item_that_the_new_session_does_not_take_is_counted_as_lost() -> None:
    told = turn(story(), 1, "Hello.").tell(LOST, STARTED, CONFIGURED)
    told.tell(on.ErrorReported("", "x", "No such item.", order=do.SeedItem.__name__), CONFIGURED)
    assert warnings(told)[-1] == "Connected again: kept 1 turn, lost 1 turn."


def test_all_that_it_does_not_take_is_counted() -> None:
    told = turn(turn(story(), 1, "Hello."), 2, "And you?").tell(LOST, STARTED, CONFIGURED)
    refused = on.ErrorReported("", "x", "No such item.", order=do.SeedItem.__name__)
    told.tell(refused, refused, CONFIGURED)
    assert warnings(told)[1:] == ["Connected again: kept 2 turns, lost 2 turns."]


def test_turns_of_which_neither_words_nor_sound_are_left_are_lost_and_hide_nothing_older() -> None:
    told = turn(turn(turn(story(), 1, "Hello."), 2), 3)
    again(told.tell(LOST))
    assert [each[0] for each in seeds(told)] == ["user_1", "item_1", "item_2", "item_3"]
    assert warnings(told)[-1] == "Connected again: kept 4 turns, lost 2 turns."


def test_what_still_sounds_counts_as_kept() -> None:
    told = turn(story(), 1, "Tell me.", "One two three.", ends=False)
    again(told.tell(on.PartStarted(on.Part("resp_1", "item_1", 0, 0)), LOST))
    assert warnings(told)[-1] == "Connected again: kept 2 turns."


def test_two_replies_that_sounded_on_are_told_one_behind_the_other() -> None:
    told = turn(story(), 1, "Tell me.", "One.", ends=False)
    first, second = on.Part("resp_1", "item_1", 0, 0), on.Part("resp_1", "item_2", 1, 0)
    told.tell(on.TextReceived(second, "Two."), on.AudioReceived(second, pcm.silence(1000)))
    again(told.tell(on.PartStarted(first), LOST))
    told.tell(on.PartPlayed(first, 1000), on.PartStarted(second), on.PartPlayed(second, 1000))
    items = [each for each in sent(told) if isinstance(each, do.SeedItem)]
    assert [(each.item_id, each.after) for each in items] == [
        ("user_1", ""), ("item_1", "user_1"), ("item_2", "item_1"),
    ]  # fmt: skip


def test_an_endpoint_that_does_not_say_that_it_took_it_is_not_waited_for_long() -> None:
    told = turn(story(), 1, "Hello.").tell(LOST, STARTED, CONFIGURED)
    assert told.state == "connecting again"
    told.tell(on.TimerFired(Timer.SETUP))
    assert told.state == "listening"


def test_the_settings_stand_again_and_what_was_refused_is_not_asked_for_again() -> None:
    speed = do.ConfigureOption("speed", Speed(1.5))
    best, next_best = do.ConfigureTranscription("best"), do.ConfigureTranscription("next")
    wishes = TalkWishes(WISHES.session, (best, next_best), options=(speed,), reconnect_ms=9e9)
    told = Story(wishes, there=False).tell(STARTED, CONFIGURED)
    told.tell(on.ErrorReported("", "x", "No.", order="speed"))
    told.tell(on.ErrorReported("", "x", "No.", order="ConfigureTranscription"), CONFIGURED)
    told.asked.clear()
    told.tell(LOST, STARTED)
    asked = (do.ConfigureSession, do.ConfigureOption, do.ConfigureTranscription)
    assert [each for each in told.asked if isinstance(each, asked)] == [WISHES.session, next_best]


# --- no word is lost


def speak(told: Story, seconds: float, chunk: bytes = LOUD) -> Story:
    return told.tell(*[on.AudioCaptured(chunk)] * round(seconds * 50))


def voice_ms(told: Story) -> int:
    return sum(
        pcm.duration_ms(len(each.pcm)) for each in sent(told) if isinstance(each, do.SendAudio)
    )


def test_what_was_said_when_the_connection_was_lost_is_sent_again_from_its_beginning() -> None:
    told = speak(speak(story(), 5.0, CHUNK), 3.0)
    told.tell(on.SpeechStarted("user_1", 4700))
    speak(told, 1.0).tell(LOST)
    speak(told, 2.0)
    assert voice_ms(told) == 0
    again(told)
    assert voice_ms(told) == 6300
    assert all(each.again for each in sent(told) if isinstance(each, do.SendAudio))
    assert len(sent(told)) < 10, "not in chunks of 20 ms"


def test_what_the_endpoint_had_not_noticed_yet_is_sent_again() -> None:
    told = speak(speak(story(), 60.0, CHUNK), 1.0)
    again(told.tell(LOST))
    assert 1000 <= voice_ms(told) <= 1600, "and not the silence before it"


def test_a_turn_that_is_an_item_is_not_said_again() -> None:
    told = speak(story(), 3.0)
    told.tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 2000))
    told.tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    again(told.tell(LOST))
    assert voice_ms(told) == 1000, "what came after its end"


def test_a_commit_that_was_not_confirmed_is_made_again_with_its_sound() -> None:
    told = story(BY_KEY).tell(on.TalkPressed())
    speak(told, 2.0).tell(on.TalkPressed())
    speak(told, 1.0).tell(LOST)
    again(told)
    kinds = [type(each) for each in sent(told)]
    assert kinds == [do.SendAudio] * kinds.count(do.SendAudio) + [do.CommitAudio, do.CreateResponse]
    assert voice_ms(told) == 2200, "with its tail"


def test_a_turn_of_the_key_goes_on_over_a_lost_connection() -> None:
    told = speak(story(BY_KEY).tell(on.TalkPressed()), 1.0)
    speak(told.tell(LOST), 1.0).tell(on.TalkPressed())
    again(speak(told, 0.5))
    assert voice_ms(told) == 2200
    assert sent(told)[-2:] == [do.CommitAudio(), do.CreateResponse()]


def test_of_a_long_time_without_a_connection_the_last_minute_is_kept_and_the_rest_told() -> None:
    told = story().tell(LOST)
    again(speak(told, 70.0))
    assert voice_ms(told) == 60_000
    assert warnings(told)[-1] == "Connected again: kept 0 turns, lost 10.0 s of your speech."


def test_silence_that_is_not_kept_is_no_loss() -> None:
    told = story().tell(LOST)
    again(speak(told, 70.0, CHUNK))
    assert voice_ms(told) == 0
    assert "lost" not in warnings(told)[-1]


def test_a_second_loss_before_all_was_said_again_loses_nothing() -> None:
    told = speak(story(), 1.0).tell(LOST, STARTED, LOST, on.TimerFired(Timer.AGAIN))
    again(told)
    assert voice_ms(told) == 1000
    told.tell(LOST, on.TimerFired(Timer.AGAIN))
    again(told)
    assert voice_ms(told) == 1000


# --- leaving


def test_the_user_leaves_at_once_while_it_connects_again() -> None:
    told = story().tell(LOST, on.StopPressed())
    assert told.of(do.End)


def test_the_time_that_is_up_while_it_connects_again_ends_it() -> None:
    wishes = TalkWishes(WISHES.session, reconnect_ms=9e9, max_ms=60_000)
    told = story(wishes).tell(LOST, on.TimerFired(Timer.LIMIT))
    assert told.error is None


def test_a_recording_that_is_over_while_it_connects_again_gets_its_answer() -> None:
    wishes = TalkWishes(WISHES.session, reconnect_ms=9e9, recorded=True)
    told = story(wishes).tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    told.tell(LOST, on.CaptureEnded(), on.TimerFired(Timer.GRACE))
    again(told)
    told.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(500)))
    told.tell(on.AudioEnded(FIRST), ended(), on.PartPlayed(FIRST, 500), on.TimerFired(Timer.GRACE))
    told.tell(CONFIGURED, on.TimerFired(Timer.GRACE))
    assert told.error is None


# --- before a session has lasted as long as it may


def test_before_the_end_of_a_session_another_takes_over_when_nobody_speaks() -> None:
    told = turn(story(), 1, "Hello.").tell(on.SessionExpires(3_600_000))
    assert do.StartTimer(Timer.WALL, 3_360_000) in told.asked
    told.tell(on.SpeechStarted("user_2", 0), on.TimerFired(Timer.WALL))
    assert not told.of(do.ConnectNext), "the user speaks"
    told.tell(on.SpeechStopped("user_2", 900), on.InputCommitted("user_2"))
    told.tell(on.UserTranscribed("user_2", "And you?"))
    assert not told.of(do.ConnectNext), "an answer is due"
    turn(told, 3, "Me again.")
    assert told.of(do.ConnectNext)
    told.tell(on.NextConnected())
    assert told.of(do.SwitchOver)
    again(told)
    assert [each[0] for each in seeds(told)] == [
        "user_1", "item_1", "user_2", "user_3", "item_3",
    ]  # fmt: skip
    assert not told.of(do.Warn), "nobody is to notice"
    assert {each.state for each in told.of(do.ShowState)} <= {
        "listening",
        "hearing you",
        "thinking",
        "speaking",
    }


def test_it_takes_over_later_if_the_user_speaks_meanwhile() -> None:
    told = story().tell(on.SessionExpires(3_600_000), on.TimerFired(Timer.WALL))
    told.tell(on.SpeechStarted("user_1", 0), on.NextConnected())
    assert not told.of(do.SwitchOver)


def test_what_is_said_while_another_session_takes_over_is_kept_for_it() -> None:
    told = story().tell(on.SessionExpires(600_000), on.TimerFired(Timer.WALL), on.NextConnected())
    assert told.of(do.SwitchOver)
    again(speak(told, 0.4))
    assert voice_ms(told) == 400


def test_a_session_that_cannot_be_opened_ahead_is_tried_again_a_little_later() -> None:
    told = story().tell(on.SessionExpires(3_600_000), on.TimerFired(Timer.WALL))
    told.tell(on.NextFailed("too many"), on.TimerFired(Timer.WALL))
    assert len(told.of(do.ConnectNext)) == 2
    assert not told.of(do.Warn)


def test_after_a_failure_to_open_it_ahead_twenty_seconds_pass() -> None:
    told = story().tell(on.SessionExpires(3_600_000), on.TimerFired(Timer.WALL))
    told.tell(on.NextFailed("too many"))
    assert do.StartTimer(Timer.WALL, 20_000.0) in told.asked


def test_a_short_session_is_left_halfway() -> None:
    told = story().tell(on.SessionExpires(100_000))
    assert do.StartTimer(Timer.WALL, 50_000.0) in told.asked


def test_sound_that_comes_late_from_the_microphone_is_no_fault_of_the_network() -> None:
    told = story().tell(on.AudioDropped(400, late=True))
    (warning,) = warnings(told)
    assert "late from the microphone" in warning
    assert "network" not in warning


def test_sound_that_a_slow_network_has_left_out_is_told_of_at_once_and_in_the_end() -> None:
    told = story().tell(on.AudioDropped(400))
    (first,) = warnings(told)
    assert "slower than you speak" in first
    assert do.StartTimer(Timer.SLOW, 5_000.0) in told.asked
    told.tell(on.AudioDropped(600))
    assert len(warnings(told)) == 1, "it goes on"
    told.tell(on.TimerFired(Timer.SLOW))
    assert warnings(told)[1:] == ["1.0 s of your voice were left out."]
    told.tell(on.TimerFired(Timer.SLOW))
    assert len(warnings(told)) == 2, "nothing more was left out"
    told.tell(on.AudioDropped(300), on.TimerFired(Timer.SLOW))
    assert "slower than you speak" in warnings(told)[2]
    assert warnings(told)[3] == "0.3 s of your voice were left out."


# --- what a loss leaves nothing of


def since_last_connection(told: Story) -> list[do.Command]:
    last = max(n for n, each in enumerate(told.asked) if isinstance(each, do.Connect))
    return told.asked[last:]


def test_a_second_connection_that_was_asked_for_before_a_loss_takes_nothing_over() -> None:
    told = story().tell(on.SessionExpires(3_600_000), on.TimerFired(Timer.WALL))
    again(told.tell(LOST)).tell(on.NextConnected(), on.MutePressed())
    assert not told.of(do.SwitchOver)


def test_a_second_connection_is_asked_for_once() -> None:
    told = story().tell(on.SessionExpires(3_600_000), on.TimerFired(Timer.WALL))
    told.tell(on.MutePressed(), on.MutePressed())
    assert len(told.of(do.ConnectNext)) == 1


def test_it_is_not_asked_for_while_the_words_of_a_turn_are_to_come_and_a_loss_ends_that() -> None:
    words = (do.ConfigureTranscription("best"),)
    told = Story(replace(WISHES, transcription=words), there=False)
    told.tell(STARTED, CONFIGURED, CONFIGURED)
    turn(told, 1).tell(on.SessionExpires(3_600_000), on.TimerFired(Timer.WALL))
    assert not told.of(do.ConnectNext)
    told.tell(LOST, STARTED, CONFIGURED, CONFIGURED, CONFIGURED)
    told.tell(on.SessionExpires(3_600_000), on.TimerFired(Timer.WALL))
    assert told.of(do.ConnectNext)


def test_the_end_of_a_connection_that_has_complained_counts_once() -> None:
    told = story().tell(LOST, on.ConnectFailed(NetworkError("No.")))
    pauses = len([each for each in told.of(do.StartTimer) if each.name == Timer.AGAIN])
    told.tell(LOST)
    assert len([each for each in told.of(do.StartTimer) if each.name == Timer.AGAIN]) == pauses


def test_a_recording_that_was_over_is_waited_out_again_over_another_connection() -> None:
    told = story(replace(WISHES, recorded=True)).tell(on.CaptureEnded())
    again(told.tell(LOST))
    graces = [each for each in since_last_connection(told) if isinstance(each, do.StartTimer)]
    assert Timer.GRACE in [each.name for each in graces]


def test_speech_that_another_session_does_not_find_is_not_waited_for() -> None:
    told = again(story().tell(on.SpeechStarted("user_1", 0), LOST))
    assert told.state == "listening"


def test_what_was_typed_during_two_losses_is_sent_and_answered_once() -> None:
    told = story().tell(LOST, on.TextEntered("Hello?"), STARTED, LOST, on.TimerFired(Timer.AGAIN))
    again(told)
    assert sent(told) == [do.CreateUserText("Hello?"), do.CreateResponse()]


def test_an_owed_answer_and_one_to_what_was_typed_meanwhile_are_one() -> None:
    told = story().tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    again(told.tell(LOST, on.TextEntered("And?")))
    told.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(100)), ended())
    assert sent(told).count(do.CreateResponse()) == 1


def test_an_owed_answer_is_owed_still_after_a_second_loss() -> None:
    told = story().tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    again(told.tell(LOST, STARTED, LOST, on.TimerFired(Timer.AGAIN)))
    assert sent(told).count(do.CreateResponse()) == 1


def test_an_update_that_a_lost_session_did_not_answer_is_not_waited_for_in_the_next() -> None:
    words = (do.ConfigureTranscription("best"),)
    told = Story(replace(WISHES, transcription=words), there=False).tell(STARTED, CONFIGURED)
    told.tell(on.TextEntered("Hello?"), LOST, STARTED, CONFIGURED, CONFIGURED)
    assert told.state == "connecting again"
    told.tell(CONFIGURED)
    assert told.state != "connecting again", "all that was told is taken"


def test_the_time_it_may_last_runs_on_and_the_model_greets_once() -> None:
    told = story(replace(WISHES, max_ms=60_000, greet=True))
    told.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, pcm.silence(100)), ended())
    again(told.tell(LOST))
    assert Timer.LIMIT not in [each.name for each in told.of(do.StartTimer)]
    assert do.CreateResponse() not in sent(told)


def test_nothing_is_told_of_items_of_a_session_that_is_gone() -> None:
    told = turn(story(), 1, "Hi.", ends=False)
    part = on.Part("resp_1", "item_1", 0, 0)
    told.tell(on.PartStarted(part), LOST, on.InterruptPressed(), cleared((part, 200)))
    again(told)
    old = (do.TruncateItem, do.DeleteItem, do.CancelResponse)
    assert not [each for each in told.asked if isinstance(each, old)]


def test_a_turn_that_is_told_twice_to_be_an_item_takes_nothing_of_the_next() -> None:
    told = speak(story(), 1.0)
    told.tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 1000))
    told.tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    speak(told, 1.0).tell(on.InputCommitted("user_1"))
    again(told.tell(LOST))
    assert voice_ms(told) == 1000


def test_after_a_turn_the_last_ten_seconds_are_kept_again() -> None:
    told = speak(story(), 1.0)
    told.tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 1000))
    told.tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    again(speak(told, 20.0, SOFT).tell(LOST))
    assert voice_ms(told) == 10_000


def test_a_turn_that_is_only_told_as_an_item_is_not_said_again_either() -> None:
    """Not every endpoint says that it has committed a turn."""
    told = speak(story(), 1.0).tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 1000))
    told.tell(on.ItemAdded("user_1", "", "message", "user"))
    again(told.tell(LOST))
    assert voice_ms(told) == 0
    (item,) = [each for each in sent(told) if isinstance(each, do.SeedItem)]
    assert pcm.duration_ms(len(item.pcm)) == 1000


def test_an_item_that_is_no_turn_takes_nothing_of_what_is_being_said() -> None:
    told = speak(story(), 1.0).tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 1000))
    told.tell(on.ItemAdded("item_1", "", "message", "assistant"))
    again(told.tell(LOST))
    assert voice_ms(told) == 1000


def test_of_a_turn_more_than_ten_seconds_are_kept() -> None:
    told = speak(story(), 1.0).tell(on.SpeechStarted("user_1", 0))
    again(speak(told, 30.0).tell(LOST))
    assert voice_ms(told) == 31_000


def test_sound_that_was_left_out_is_not_where_the_endpoint_counts_it() -> None:
    told = speak(story(), 5.0).tell(on.AudioDropped(1000), on.SpeechStarted("user_1", 2000))
    again(told.tell(LOST))
    assert voice_ms(told) == 2000


def test_words_of_a_turn_that_is_no_item_yet_are_not_told_besides_its_sound() -> None:
    told = story().tell(on.SpeechStarted("user_1", 0), on.UserTextReceived("user_1", "Hel"))
    again(told.tell(LOST))
    assert seeds(told) == []


def test_a_turn_in_which_nothing_was_understood_is_told_as_its_sound() -> None:
    told = speak(story(), 1.0)
    told.tell(on.SpeechStarted("user_1", 0), on.SpeechStopped("user_1", 1000))
    told.tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", ""))
    again(told.tell(LOST))
    assert [each.item_id for each in sent(told) if isinstance(each, do.SeedItem)] == ["user_1"]


def test_a_commit_that_was_lost_does_not_make_a_second_turn_of_what_is_told_again() -> None:
    told = story(BY_KEY).tell(on.TalkPressed(), on.TalkPressed())
    speak(told, 1.0).tell(on.InputCommitted("user_1"), on.UserTranscribed("user_1", "Hi."))
    told.tell(on.TalkPressed(), on.TalkPressed())
    speak(told, 1.0).tell(LOST, STARTED, CONFIGURED)
    told.tell(on.ItemAdded("user_1", "", "message", "user"), CONFIGURED)
    again(told.tell(LOST, on.TimerFired(Timer.AGAIN)))
    assert [each[0] for each in seeds(told)] == ["user_1"]
    assert warnings(told)[-1] == "Connected again: kept 1 turn."


def test_words_of_which_no_sound_had_come_keep_no_line_waiting() -> None:
    transcript = Transcript()
    lines = transcript.reader()
    part = on.Part("resp_1", "item_1", 0, 0)
    for fact in (on.ResponseStarted("resp_1"), on.TextReceived(part, "Well"), LOST):
        transcript.observe(1.0, fact)
    assert lines.settled() == []
    assert transcript.open() == []
    transcript.observe(2.0, on.InputCommitted("user_1"))
    transcript.observe(2.0, on.UserTranscribed("user_1", "Hi."))
    assert [each.text for each in lines.settled()] == ["Hi."]
