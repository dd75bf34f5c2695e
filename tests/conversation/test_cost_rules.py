"""What a conversation costs, and how it ends when that is as much as it may be: as stories."""

from __future__ import annotations

from decimal import Decimal

import pytest
from conversing import CHUNK, FIRST, SERVER, SPEAKS, Story, cleared
from test_exchange import Story as Question

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.budget import Spending
from s2s.conversation.causes import Cause
from s2s.conversation.prices import Money, Price, Prices, Rates
from s2s.conversation.session_config import ByKey, TalkWishes, Wishes
from s2s.conversation.usage import Tokens, Usage
from s2s.errors import LimitError, NetworkError, S2SError, UsageError

CENT = Decimal("0.01")
TALKER = Price(text=Rates(Decimal(1), None, Decimal(1)), audio=Rates(Decimal(1), None, Decimal(1)))
WRITER = Price(per_minute=Decimal("0.60"))
PRICES = Prices({"m": TALKER, "writer": WRITER})
WORDS = (do.ConfigureTranscription("writer"),)


def cents(number: int) -> Usage:
    """Return the usage of a response that costs so many."""
    return Usage(output=Tokens(number * 10_000, audio=number * 10_000))


def over(
    name: str, usage: Usage | None, status: on.ResponseStatus = "completed"
) -> on.ResponseEnded:
    return on.ResponseEnded(name, status, usage=usage)


def wishes(most: str = "", *, model: str = "m", prices: Prices = PRICES) -> TalkWishes:
    money = Money(prices, model, Decimal(most) if most else None)
    session = do.ConfigureSession(turn_detection=SERVER)
    return TalkWishes(session, WORDS, money=money)


def talking(most: str = "", *, model: str = "m", prices: Prices = PRICES) -> Story:
    story = Story(wishes(most, model=model, prices=prices))
    story.tell(on.SessionStarted("sess_1", model), on.SessionConfigured(), on.SessionConfigured())
    return story


def costs(story: Story | Question) -> list[tuple[Decimal | None, Decimal]]:
    """What is shown from the first response on; a session begins with nothing."""
    first, *others = ((each.cost, each.known) for each in story.of(do.ShowCost))
    assert first[1] == 0
    return others


def answer(story: Story, name: str, usage: Usage | None, *, heard: bool = True) -> Story:
    """A reply comes whole, and is heard."""
    part = on.Part(name, f"item_of_{name}", 0, 0)
    story.tell(on.ResponseStarted(name), on.AudioReceived(part, pcm.silence(500)))
    story.tell(on.PartStarted(part), on.AudioEnded(part), over(name, usage))
    return story.tell(on.PartPlayed(part, 500)) if heard else story


# --- the bill


def test_each_response_and_each_transcription_adds_to_the_sum() -> None:
    story = talking()
    answer(story, "r1", cents(3))
    story.tell(on.UserTranscribed("i1", "Hello.", Usage(seconds=1.0)))
    answer(story, "r2", cents(4))
    assert costs(story) == [(sum_, sum_) for sum_ in (3 * CENT, 4 * CENT, 8 * CENT)]


def test_what_is_told_twice_is_paid_once() -> None:
    story = talking()
    answer(story, "r1", cents(3))
    words = on.UserTranscribed("i1", "Hello.", Usage(seconds=1.0))
    story.tell(over("r1", cents(3)), words, words)
    assert costs(story)[-1] == (4 * CENT, 4 * CENT)


def test_words_and_a_response_that_have_one_name_are_both_paid() -> None:
    story = answer(talking(), "x", cents(3))
    story.tell(on.UserTranscribed("x", "Hello.", Usage(seconds=1.0)))
    assert costs(story)[-1] == (4 * CENT, 4 * CENT)


def test_a_response_that_was_cut_off_is_paid_too() -> None:
    story = talking()
    story.tell(on.ResponseStarted("r1"), SPEAKS, over("r1", cents(2), "cancelled"))
    assert costs(story) == [(2 * CENT, 2 * CENT)]


def test_a_failed_response_of_which_nothing_is_told_has_cost_nothing() -> None:
    story = talking().tell(on.ResponseStarted("r1"), over("r1", None, "failed"))
    assert costs(story) == []


@pytest.mark.parametrize("usage", [None, Usage(), Usage(Tokens(10))])
def test_a_response_of_which_nothing_is_told_makes_the_sum_unknown(usage: Usage | None) -> None:
    story = talking()
    answer(story, "r1", cents(3))
    answer(story, "r2", usage)
    answer(story, "r3", cents(1))
    assert costs(story) == [(3 * CENT, 3 * CENT), (None, 3 * CENT), (None, 4 * CENT)]


def test_a_model_without_a_price_costs_no_one_knows_what_and_never_nothing() -> None:
    story = talking(model="their-own")
    (shown,) = story.of(do.ShowCost)
    assert answer(story, "r1", cents(3)).of(do.ShowCost) == [shown]
    assert shown == do.ShowCost(Decimal(0), ("their-own has no price",))


def test_words_whose_model_has_no_price_are_said_not_to_be_in_the_sum() -> None:
    story = answer(talking(prices=Prices({"m": TALKER})), "r1", cents(3))
    story.tell(on.UserTranscribed("i1", "Hello.", Usage(seconds=1.0)))
    unpriced = ("the transcription by writer has no price",)
    assert story.of(do.ShowCost)[-1] == do.ShowCost(3 * CENT, unpriced)


@pytest.mark.parametrize("usage", [None, Usage(), Usage(raw={"odd": 1})])
def test_words_of_which_nothing_is_told_make_the_sum_unknown(usage: Usage | None) -> None:
    story = talking().tell(on.UserTranscribed("i1", "Hello.", usage))
    assert costs(story) == [(None, Decimal(0))]


def test_silence_that_was_written_down_has_cost_nothing() -> None:
    assert costs(talking().tell(on.UserTranscribed("i1", "", Usage()))) == []


def test_the_words_are_paid_at_the_price_of_the_model_that_was_taken_in_the_end() -> None:
    prices = Prices({"m": TALKER, "second": WRITER})
    asked = (do.ConfigureTranscription("first"), do.ConfigureTranscription("second"))
    story = Story(TalkWishes(do.ConfigureSession(), asked, money=Money(prices, "m")))
    story.tell(on.SessionStarted("s", "m"), on.SessionConfigured())
    story.tell(on.ErrorReported("", "", "No.", order="ConfigureTranscription"))
    story.tell(on.SessionConfigured(), on.UserTranscribed("i1", "Hi", Usage(seconds=1.0)))
    assert costs(story) == [(CENT, CENT)]


def test_the_model_the_endpoint_says_it_runs_is_the_one_that_is_paid() -> None:
    story = Story(wishes(model="m")).tell(on.SessionStarted("s", "another"))
    answer(story, "r1", cents(1))
    assert story.of(do.ShowCost) == [do.ShowCost(Decimal(0), ("another has no price",))]
    silent = Story(wishes(model="m")).tell(on.SessionStarted("s", ""))
    assert costs(answer(silent, "r1", cents(1))) == [(CENT, CENT)]


def test_what_was_under_way_when_the_connection_broke_is_not_taken_for_free() -> None:
    story = answer(talking(), "r1", cents(3))
    story.tell(on.ResponseStarted("r2"), on.ConnectionLost())
    cut_off = ("a response was cut off before its usage was told",)
    assert story.of(do.ShowCost)[-1] == do.ShowCost(3 * CENT, cut_off)


def test_nor_what_was_under_way_when_the_user_left() -> None:
    story = talking().tell(on.ResponseStarted("r1"), on.QuitPressed())
    assert costs(story) == [(None, Decimal(0))]
    assert isinstance(story.asked[-1], do.End)


def test_a_response_that_ends_under_another_name_is_over_all_the_same() -> None:
    story = talking().tell(on.ResponseStarted("r1"), over("other", cents(1)), on.QuitPressed())
    assert costs(story) == [(CENT, CENT)]


def test_another_session_names_its_responses_anew() -> None:
    story = answer(talking(), "r1", cents(3))
    story.tell(on.SessionStarted("sess_2", "m"))
    answer(story, "r1", cents(3))
    assert costs(story)[-1] == (6 * CENT, 6 * CENT)


def test_the_endpoint_on_this_machine_costs_nothing() -> None:
    story = answer(talking("0.01", model="offline", prices=Prices(free=True)), "r1", cents(900))
    story.tell(on.UserTranscribed("i1", "Hello.", None), on.ResponseStarted("r2"), on.QuitPressed())
    assert costs(story) == []
    assert not story.error


def test_who_does_not_ask_is_told_nothing() -> None:
    story = answer(Story().talking(), "r1", cents(3))
    assert story.of(do.ShowCost) == []


# --- how much may be spent


def test_it_ends_when_another_reply_like_the_last_would_cost_too_much() -> None:
    story = answer(talking("0.10"), "r1", cents(5), heard=False)
    assert not story.of(do.CloseMicrophone)
    story = answer(talking("0.09"), "r1", cents(5), heard=False)
    assert story.of(do.CloseMicrophone)


def test_what_is_under_way_is_heard_to_its_end_and_then_the_limit_is_told() -> None:
    story = answer(talking("0.09"), "r1", cents(5), heard=False)
    (warning,) = story.of(do.Warn)
    assert warning.message == (
        "$0.0500 of $0.0900 is spent, and another reply like the last ($0.0500) would pass that. "
        "What is under way is brought to its end."
    )
    assert not story.of(do.End)
    assert not story.of(do.ClearPlayout)
    story.tell(on.PartPlayed(on.Part("r1", "item_of_r1", 0, 0), 500))
    assert story.leaves
    story.tell(on.TimerFired("grace"))
    assert isinstance(story.error, LimitError)
    assert (story.error.exit_status, story.error.code) == (7, "max_cost")


def test_a_long_reply_is_heard_to_its_end_however_long_that_takes() -> None:
    """It is paid for; where the time is up it may sound for a minute."""
    story = talking("0.01").tell(on.ResponseStarted("r1"), on.AudioReceived(FIRST, CHUNK))
    story.tell(over("r1", cents(1)), on.PartStarted(FIRST))
    timers = [each.name for each in story.of(do.StartTimer)]
    assert "last" not in timers


def test_from_then_on_nothing_is_sent_and_nothing_asked_for() -> None:
    story = answer(talking("0.09"), "r1", cents(5), heard=False)
    story.asked.clear()
    story.tell(on.AudioCaptured(CHUNK), on.TextEntered("And?"), on.TalkPressed())
    assert not story.of(do.SendAudio)
    assert story.for_endpoint == []


def test_a_turn_that_is_being_spoken_then_is_not_answered() -> None:
    story = talking("0.09").tell(on.ResponseStarted("r1"), on.AudioReceived(FIRST, CHUNK))
    story.tell(on.PartStarted(FIRST), SPEAKS, cleared((FIRST, 10)))
    story.asked.clear()
    story.tell(over("r1", cents(5), "cancelled"))
    assert not story.of(do.SendAudio)
    assert story.leaves


def test_speech_that_is_noticed_only_then_is_not_brought_to_an_end_and_not_waited_for() -> None:
    story = answer(talking("0.09"), "r1", cents(5), heard=False)
    story.asked.clear()
    story.tell(SPEAKS, cleared((on.Part("r1", "item_of_r1", 0, 0), 100)))
    assert not story.of(do.SendAudio)
    assert story.leaves


def test_a_function_is_answered_but_no_other_response_is_asked_for() -> None:
    story = talking("0.09").tell(on.ResponseStarted("r1"))
    story.tell(on.FunctionCalled("r1", "i1", "c1", "f", "{}"), over("r1", cents(5)))
    assert not story.of(do.CreateResponse)
    assert story.leaves


def test_nor_when_the_time_was_up_before() -> None:
    story = talking("0.09").tell(on.ResponseStarted("r1"), on.TimerFired("limit"))
    story.tell(on.FunctionCalled("r1", "i1", "c1", "f", "{}"), over("r1", cents(5)))
    assert not story.of(do.CreateResponse)


def test_a_turn_of_the_key_that_goes_on_is_cut_off_and_not_asked_about() -> None:
    session = do.ConfigureSession(turn_detection=ByKey())
    by_key = TalkWishes(session, money=Money(PRICES, "m", 9 * CENT))
    story = Story(by_key).talking().tell(on.ResponseStarted("r1"), on.TalkPressed())
    story.asked.clear()
    story.tell(over("r1", cents(5), "cancelled"), on.AudioCaptured(CHUNK))
    assert story.for_endpoint == []
    assert story.leaves


def test_the_words_count_too() -> None:
    story = answer(talking("0.10"), "r1", cents(5))
    story.tell(on.UserTranscribed("i1", "Hello.", Usage(seconds=1.0)))
    assert isinstance(story.error, LimitError)


def test_at_four_fifths_of_it_a_warning_is_given_once() -> None:
    story = answer(answer(talking("0.10"), "r1", cents(5)), "r2", cents(2))
    assert story.of(do.Warn) == []
    answer(answer(story, "r3", cents(1)), "r4", cents(1))
    (warning,) = story.of(do.Warn)
    assert warning.message == "$0.0800 of $0.10 is spent."


def test_one_that_was_cut_off_is_taken_to_have_cost_as_much_as_the_last() -> None:
    """Else a bad network would let a limit be passed."""
    money = Money(PRICES, "m", 9 * CENT)
    left: list[S2SError] = []

    def leave(error: S2SError) -> list[do.Command]:
        left.append(error)
        return []

    spending = Spending(money, lambda: "", leave)
    for event in (
        on.SessionStarted("s1", "m"), over("r1", cents(3)), on.ResponseStarted("r2"),
    ):  # fmt: skip
        spending.note(event)
    assert left == []
    spending.note(on.ConnectionLost())
    spending.note(on.SessionStarted("s2", "m"))
    assert left == []
    spending.note(over("r1", cents(1)))
    assert left == []
    spending.note(over("r2", cents(3)))
    assert [error.code for error in left] == ["max_cost"]


def test_a_lost_connection_then_changes_nothing_about_why_it_ends() -> None:
    story = answer(talking("0.09"), "r1", cents(5), heard=False).tell(on.ConnectionLost())
    story.tell(on.PartPlayed(on.Part("r1", "item_of_r1", 0, 0), 500), on.TimerFired("grace"))
    assert isinstance(story.error, LimitError)


def test_nor_does_one_that_is_lost_while_nothing_sounds() -> None:
    story = answer(talking("0.10"), "r1", cents(5)).tell(on.ResponseStarted("r2"))
    story.tell(on.UserTranscribed("i1", "Hello.", Usage(seconds=1.0)), on.ConnectionLost())
    assert isinstance(story.error, LimitError)


def test_one_that_was_lost_before_is_what_it_ends_with() -> None:
    story = talking("0.09").tell(on.ResponseStarted("r1"), on.AudioReceived(FIRST, CHUNK))
    story.tell(on.PartStarted(FIRST), on.ConnectionLost(), on.PartPlayed(FIRST, 20))
    story.tell(on.TimerFired("grace"))
    assert isinstance(story.error, NetworkError)


def test_a_session_of_a_model_without_a_price_ends_before_it_has_cost_anything() -> None:
    story = Story(wishes("1")).tell(on.SessionStarted("s", "another"))
    assert isinstance(story.error, UsageError)
    assert "another" in story.error.message
    assert story.error.code == "no_price"


def test_a_limit_that_cannot_be_held_ends_it() -> None:
    story = answer(talking("1"), "r1", None)
    story.tell(on.TimerFired("grace"))
    assert isinstance(story.error, LimitError)
    assert story.error.code == "cost_unknown"


# --- an exchange


def asking(most: str = "") -> Question:
    money = Money(PRICES, "m", Decimal(most) if most else None)
    return Question(Wishes(money=money)).up_to_question()


def test_an_exchange_has_its_bill_too() -> None:
    question = asking().tell(on.ResponseStarted("r1"), over("r1", cents(2)))
    assert costs(question) == [(2 * CENT, 2 * CENT)]


def test_a_reply_that_is_whole_is_no_failure_whatever_it_has_cost() -> None:
    part = on.Part("r1", "i1", 0, 0)
    question = asking("0.01").tell(on.ResponseStarted("r1"), on.AudioReceived(part, CHUNK))
    assert question.tell(on.TextReceived(part, "Hi"), over("r1", cents(2))).error is None


@pytest.mark.parametrize(
    "ending",
    [
        (on.FunctionCalled("r1", "i1", "c1", "f", "{}"), over("r1", cents(2))),
        (on.ResponseEnded("r1", "failed", usage=cents(2), cause=Cause.RATE_LIMIT),),
    ],
    ids=["after a call", "after a rate limit"],
)
def test_no_second_response_is_asked_for_that_may_cost_too_much(
    ending: tuple[on.Event, ...],
) -> None:
    question = asking("0.03").tell(on.ResponseStarted("r1"))
    question.asked.clear()
    assert isinstance(question.tell(*ending).error, LimitError)
    assert not question.of(do.CreateResponse)


def test_an_exchange_with_a_model_without_a_price_ends_before_anything_is_sent() -> None:
    question = Question(Wishes(money=Money(PRICES, "m", CENT)))
    assert isinstance(question.tell(on.SessionStarted("s", "another")).error, UsageError)
    assert not question.of(do.ConfigureSession)
