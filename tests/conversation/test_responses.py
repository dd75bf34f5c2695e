"""Which response is which: two that cross, ids that come again, ends that come late or never."""

from __future__ import annotations

import pytest
from complaints import complaint
from conversing import (
    CHUNK,
    FIRST,
    NEXT,
    SECOND,
    SECOND_ITEM,
    SPEAKS,
    Story,
    cleared,
    ended,
)

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.session_config import TalkWishes

BUSY = complaint("invalid_request_error", "conversation_already_has_active_response", "Wait.")
ESC = on.InterruptPressed()
STALLS = on.TimerFired("answer")
MANUAL = TalkWishes(do.ConfigureSession())
NAMELESS = on.Part("", "", 0, 0)


def reply(part: on.Part, status: on.ResponseStatus = "completed") -> tuple[on.Event, ...]:
    """A response that is announced, sounds for a second, and ends."""
    ids = (part.item_id,) if part.item_id else ()
    return (
        on.ResponseStarted(part.response_id),
        on.AudioReceived(part, SECOND),
        on.ResponseEnded(part.response_id, status, item_ids=ids),
    )


def typed(text: str, wishes: TalkWishes | None = None) -> Story:
    return Story(wishes).talking().tell(on.TextEntered(text))


def heard(story: Story) -> list[on.Part]:
    return [each.part for each in story.of(do.PlayAudio)]


def creates(story: Story) -> int:
    return len(story.of(do.CreateResponse))


# --- ours and the endpoint's own cross


def test_what_was_interrupted_and_refused_does_not_take_the_next_answer_with_it() -> None:
    story = typed("One.").tell(ESC, BUSY, on.TextEntered("Two."), *reply(NEXT))
    assert heard(story) == [NEXT]
    assert creates(story) == 2
    assert not story.of(do.CancelResponse)
    assert not story.of(do.DeleteItem)


def test_nor_does_it_after_an_answer_that_was_slower_than_the_timeout() -> None:
    story = Story().talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"), STALLS)
    story.tell(on.TextEntered("One."), ESC, BUSY, on.TextEntered("Two."), BUSY)
    assert creates(story) == 2
    story.tell(ended())
    assert creates(story) == 3
    story.tell(*reply(NEXT))
    assert heard(story) == [NEXT]


def test_nor_does_a_turn_that_was_spoken_and_interrupted() -> None:
    story = Story().talking().tell(on.InputCommitted("u1"), ESC)
    story.tell(SPEAKS, on.SpeechStopped("item_9", 900), on.InputCommitted("u2"), *reply(NEXT))
    assert heard(story) == [NEXT]


def test_nor_does_a_turn_of_the_key() -> None:
    story = Story(MANUAL).talking()
    turn: tuple[on.Event, ...] = (
        on.TalkPressed(),
        on.AudioCaptured(CHUNK),
        on.TalkPressed(),
        *[on.AudioCaptured(CHUNK)] * 15,
    )
    story.tell(*turn, ESC, BUSY, *turn, *reply(NEXT))
    assert creates(story) == 2
    assert heard(story) == [NEXT]


def test_esc_means_that_nothing_is_asked_for_though_ours_was_refused_afterwards() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"), ESC, BUSY, ended("cancelled"))
    assert story.for_endpoint[2:] == [do.CancelResponse("resp_1"), do.DeleteItem("item_1")]
    assert story.state == "listening"
    story.tell(on.TextEntered("Two."), *reply(NEXT))
    assert creates(story) == 2
    assert heard(story) == [NEXT]


def test_nor_if_the_refusal_comes_when_the_other_is_over_already() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"), ESC, ended("cancelled"), BUSY)
    story.tell(*reply(NEXT))
    assert creates(story) == 1


def test_who_speaks_into_the_endpoints_own_response_is_answered_once() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"), SPEAKS, BUSY, ended("cancelled"))
    story.tell(on.SpeechStopped("item_9", 900), on.InputCommitted("item_9"), *reply(NEXT))
    assert creates(story) == 1
    assert heard(story) == [NEXT]


def test_ours_is_asked_for_again_when_the_endpoints_own_is_over() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"), BUSY, BUSY)
    assert creates(story) == 1
    story.tell(ended())
    assert creates(story) == 2
    story.tell(*reply(NEXT))
    assert creates(story) == 2


def test_ours_is_not_asked_for_again_if_another_has_begun_meanwhile() -> None:
    story = typed("One.").tell(BUSY, SPEAKS, on.InputCommitted("item_9"), *reply(FIRST))
    assert creates(story) == 1


def test_a_message_typed_into_an_answer_that_was_asked_for_is_answered_after_it() -> None:
    story = typed("One.").tell(on.TextEntered("Two."))
    story.tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND))
    assert not heard(story)
    assert do.CancelResponse("resp_1") in story.asked
    story.tell(ended("cancelled"), *reply(NEXT))
    assert creates(story) == 2
    assert heard(story) == [NEXT]


def test_both_answers_are_waited_for_when_we_asked_and_the_user_has_spoken() -> None:
    story = Story(TalkWishes(Story().rules._wishes.session, greet=True)).talking()
    story.tell(on.InputCommitted("u"), on.CaptureEnded(), *reply(FIRST))
    story.tell(on.PartStarted(FIRST), on.PartPlayed(FIRST, 1000))
    assert not story.leaves
    story.tell(*reply(NEXT), on.PartStarted(NEXT), on.PartPlayed(NEXT, 1000))
    assert story.leaves


def test_a_retry_that_was_interrupted_is_not_made() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"))
    story.tell(ended("failed", "rate_limit_exceeded", "Try again in 5s."), ESC)
    assert do.CancelTimer("retry") in story.asked
    story.tell(on.TimerFired("retry"), on.TextEntered("Two."), *reply(NEXT))
    assert creates(story) == 2
    assert heard(story) == [NEXT]


def test_a_retry_that_meets_another_response_waits_for_its_end() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"))
    story.tell(ended("failed", "rate_limit_exceeded", "Try again in 5s."), on.TimerFired("retry"))
    story.tell(BUSY, *reply(NEXT))
    assert creates(story) == 2, "what the endpoint began by itself has answered"


CALL = on.FunctionCalled("resp_1", "f1", "c1", "weather", "{}")


def test_the_answer_to_a_call_is_not_asked_for_after_esc() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"), CALL, ended(), ESC, BUSY)
    story.tell(on.ResponseStarted("resp_2"), on.ResponseEnded("resp_2", "cancelled"))
    assert creates(story) == 2
    assert len(story.of(do.CreateFunctionOutput)) == 1
    story.tell(on.TextEntered("Two."), *reply(NEXT._replace(response_id="resp_3")))
    assert len(heard(story)) == 1


def test_the_answer_to_a_call_that_crosses_another_response_is_asked_for_after_it() -> None:
    story = typed("One.").tell(on.ResponseStarted("resp_1"), CALL, ended())
    story.tell(on.ResponseStarted("resp_2"), BUSY)
    assert creates(story) == 2
    story.tell(on.ResponseEnded("resp_2", "completed"))
    assert creates(story) == 3


# --- what an interruption concerns


def test_an_interruption_that_was_given_up_deletes_nothing_of_the_next_response() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"), SPEAKS, STALLS)
    story.tell(on.InputCommitted("u"), on.ResponseEnded("r2", "completed", item_ids=("i2",)))
    assert not story.of(do.DeleteItem)


def test_what_was_heard_of_an_item_stays_though_its_second_part_was_not_heard() -> None:
    second = FIRST._replace(content_index=1)
    story = Story().answered(2000).tell(on.AudioEnded(FIRST), on.AudioReceived(second, SECOND))
    story.tell(ended(), on.PartPlayed(FIRST, 2000), SPEAKS, cleared((second, 0)))
    assert story.for_endpoint == [do.TruncateItem("item_1", 1, 0)]


def test_an_item_cut_in_its_first_part_loses_the_second_and_is_not_deleted() -> None:
    second = FIRST._replace(content_index=1)
    story = Story().answered(2000).tell(on.AudioEnded(FIRST), on.AudioReceived(second, SECOND))
    story.tell(ended(), SPEAKS, cleared((FIRST, 700), (second, 0)))
    assert story.for_endpoint == [
        do.TruncateItem("item_1", 0, 700), do.TruncateItem("item_1", 1, 0)
    ]  # fmt: skip


def test_an_item_behind_one_that_was_heard_is_deleted_all_the_same() -> None:
    story = Story().answered(2000).tell(on.AudioEnded(FIRST), on.AudioReceived(SECOND_ITEM, SECOND))
    story.tell(ended(), on.PartPlayed(FIRST, 2000), SPEAKS, cleared((SECOND_ITEM, 0)))
    assert story.for_endpoint == [do.DeleteItem("item_2")]


def test_what_was_interrupted_never_sounds_again_after_the_timeout() -> None:
    story = Story().answered().tell(ESC, cleared((FIRST, 700)), STALLS)
    story.asked.clear()
    story.tell(on.AudioReceived(FIRST, SECOND))
    assert not heard(story)


def test_what_was_interrupted_before_it_began_never_sounds_after_the_timeout() -> None:
    story = typed("One.").tell(ESC, STALLS, *reply(FIRST))
    assert not heard(story)
    assert do.CancelResponse("resp_1") in story.asked


def test_a_reply_that_stalled_and_was_interrupted_then_never_sounds_again() -> None:
    story = Story().answered().tell(STALLS, ESC, cleared((FIRST, 700)))
    assert story.for_endpoint == [do.CancelResponse("resp_1"), do.TruncateItem("item_1", 0, 700)]
    story.asked.clear()
    story.tell(on.AudioReceived(FIRST, SECOND), *reply(NEXT))
    assert heard(story) == [NEXT]


def test_a_reply_that_stalled_and_goes_on_is_heard() -> None:
    story = Story().answered().tell(STALLS, on.AudioReceived(FIRST, SECOND), ended())
    assert heard(story) == [FIRST]
    assert story.of(do.EndPart) == [do.EndPart(FIRST)] * 2


@pytest.mark.parametrize("early", [True, False])
def test_what_was_heard_of_an_item_adds_up_across_a_stall(early: bool) -> None:
    story = Story().answered(5000).tell(STALLS)
    more: on.Event = on.AudioReceived(FIRST, pcm.silence(2000))
    played: on.Event = on.PartPlayed(FIRST, 5000)
    story.tell(*((more, played) if early else (played, more)), on.PartStarted(FIRST))
    story.tell(ESC, cleared((FIRST, 500)))
    assert story.of(do.TruncateItem) == [do.TruncateItem("item_1", 0, 5500)]


def test_it_adds_up_across_two_stalls() -> None:
    story = Story().answered(5000).tell(STALLS, on.PartPlayed(FIRST, 5000))
    story.tell(on.AudioReceived(FIRST, SECOND), STALLS, on.PartPlayed(FIRST, 1000))
    story.tell(on.AudioReceived(FIRST, SECOND), ESC, cleared((FIRST, 300)))
    assert story.of(do.TruncateItem) == [do.TruncateItem("item_1", 0, 6300)]


def test_what_comes_after_a_stall_is_played_to_its_end_though_the_speaker_tells_of_it_late() -> (
    None
):
    story = Story().answered(5000).tell(STALLS, on.AudioReceived(FIRST, SECOND))
    story.tell(on.AudioEnded(FIRST), on.PartPlayed(FIRST, 5000), ended(), on.CaptureEnded())
    assert story.of(do.EndPart) == [do.EndPart(FIRST)] * 2
    assert not story.leaves
    assert story.tell(on.PartPlayed(FIRST, 1000)).leaves


def test_a_message_that_waits_for_an_answer_that_stalls_is_answered_after_the_timeout() -> None:
    story = Story().answered().tell(on.TextEntered("Two."), cleared((FIRST, 700)))
    assert not creates(story)
    story.tell(STALLS)
    assert creates(story) == 1


def test_an_item_of_a_response_that_never_ends_is_deleted_when_the_next_one_does() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"), on.AudioReceived(FIRST, SECOND))
    story.tell(SPEAKS, cleared((FIRST, 0)), on.InputCommitted("u"))
    story.tell(on.ResponseStarted("resp_2"), on.AudioReceived(NEXT, SECOND))
    assert not story.of(do.DeleteItem)
    story.tell(on.ResponseEnded("resp_2", "completed", item_ids=("item_3",)))
    assert story.of(do.DeleteItem) == [do.DeleteItem("item_1")]


# --- ids


def test_an_id_that_is_used_again_is_a_new_response() -> None:
    story = Story().talking().tell(*reply(FIRST), *reply(FIRST))
    assert heard(story) == [FIRST, FIRST]


def test_an_id_that_is_used_again_after_an_interruption_is_a_new_response() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)), ended("cancelled"))
    story.tell(on.InputCommitted("u2"))
    story.asked.clear()
    story.tell(*reply(FIRST))
    assert heard(story) == [FIRST]
    story.tell(on.PartStarted(FIRST), ESC, cleared((FIRST, 300)))
    assert story.of(do.TruncateItem) == [do.TruncateItem("item_1", 0, 300)]


def test_it_is_one_even_if_the_interrupted_one_never_ended() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)), on.InputCommitted("u2"))
    story.asked.clear()
    story.tell(*reply(FIRST))
    assert heard(story) == [FIRST]


@pytest.mark.parametrize("part", [NAMELESS, FIRST])
def test_an_endpoint_that_announces_nothing_may_use_an_id_again(part: on.Part) -> None:
    story = Story().talking()
    turn: tuple[on.Event, ...] = (on.InputCommitted("u"), on.AudioReceived(part, SECOND))
    story.tell(*turn, SPEAKS, on.ResponseEnded(part.response_id, "cancelled"), *turn)
    assert heard(story) == [part, part]


def test_a_response_announced_twice_is_one() -> None:
    story = Story().talking().tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"))
    story.tell(*reply(FIRST), on.ResponseEnded("resp_1", "completed"))
    assert heard(story) == [FIRST]
    assert story.state == "thinking", "there is something to hear"
    assert story.tell(on.CaptureEnded(), on.PartPlayed(FIRST, 1000)).leaves


def test_an_end_with_another_id_than_was_announced_ends_the_response() -> None:
    story = Story().answered(1000).tell(on.ResponseEnded("nobody", "completed"))
    assert story.of(do.EndPart) == [do.EndPart(FIRST)]
    assert story.tell(on.CaptureEnded(), on.PartPlayed(FIRST, 1000)).leaves


def test_it_does_so_every_time() -> None:
    story = Story().talking()
    for part in (FIRST, NEXT):
        story.tell(on.ResponseStarted(part.response_id), on.AudioReceived(part, SECOND))
        story.tell(on.ResponseEnded("nobody", "completed"))
    assert story.of(do.EndPart) == [do.EndPart(FIRST), do.EndPart(NEXT)]


def test_sound_with_another_id_than_was_announced_belongs_to_the_response() -> None:
    story = Story().talking().tell(on.ResponseStarted("resp_1"), on.AudioReceived(NEXT, SECOND))
    story.tell(ESC, cleared((NEXT, 0)), on.AudioReceived(NEXT, SECOND))
    assert heard(story) == [NEXT]
    assert story.of(do.CancelResponse) == [do.CancelResponse("resp_1")]
    story.tell(ended("cancelled"))
    assert story.state == "listening"


def test_the_late_end_of_an_interrupted_response_does_not_end_the_next() -> None:
    story = Story().answered().tell(SPEAKS, cleared((FIRST, 480)), on.InputCommitted("u2"))
    story.tell(on.ResponseStarted("resp_2"), on.AudioReceived(NEXT, SECOND), ended("cancelled"))
    assert not story.of(do.EndPart)
    story.tell(on.ResponseEnded("resp_2", "completed"))
    assert story.of(do.EndPart) == [do.EndPart(NEXT)]


def test_an_end_that_is_said_twice_does_not_end_the_next() -> None:
    story = Story().answered().tell(ended(), on.ResponseStarted("resp_2"))
    story.tell(on.AudioReceived(NEXT, SECOND))
    story.asked.clear()
    story.tell(ended())
    assert not story.of(do.EndPart)


def test_a_response_without_any_id_is_interrupted_and_the_next_is_heard() -> None:
    story = Story().talking().tell(on.ResponseStarted(""), on.AudioReceived(NAMELESS, SECOND))
    story.tell(SPEAKS, cleared((NAMELESS, 0)), on.AudioReceived(NAMELESS, SECOND))
    assert len(heard(story)) == 1
    story.tell(on.ResponseEnded("", "cancelled"), on.InputCommitted(""), on.ResponseStarted(""))
    story.tell(on.AudioReceived(NAMELESS, SECOND))
    assert len(heard(story)) == 2


def test_without_ids_announcements_and_ends_the_next_turn_is_heard_after_an_interruption() -> None:
    story = Story().talking().tell(on.AudioReceived(NAMELESS, SECOND), SPEAKS)
    story.tell(cleared((NAMELESS, 0)), on.AudioReceived(NAMELESS, SECOND))
    assert len(heard(story)) == 1
    story.tell(on.InputCommitted(""), on.AudioReceived(NAMELESS, SECOND))
    assert len(heard(story)) == 2


def test_what_was_interrupted_after_its_end_does_not_sound_again_unannounced() -> None:
    story = Story().talking().tell(on.AudioReceived(FIRST, SECOND), ended())
    story.tell(ESC, cleared((FIRST, 300)))
    story.asked.clear()
    assert not heard(story.tell(on.AudioReceived(FIRST, SECOND)))


def test_what_crossed_ours_is_what_the_spoken_turn_was_waiting_for() -> None:
    story = typed("One.").tell(on.InputCommitted("u"), on.ResponseStarted("resp_1"), BUSY, ended())
    story.tell(*reply(NEXT), on.CaptureEnded(), on.PartStarted(NEXT), on.PartPlayed(NEXT, 1000))
    assert creates(story) == 2
    assert story.leaves, "no third response is waited for"
