"""Why an endpoint refuses something: which causes end a session, have a remedy, are retried."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from conversing import Story

from s2s.config.hints import HINTS
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.phases import Timer
from s2s.conversation.refusals import is_fatal, loss, refusal, remedy
from s2s.conversation.responses import Replies
from s2s.errors import NetworkError, RefusedError, S2SError
from s2s.wire.realtime.errors import CAUSES
from s2s.wire.remedies import REMEDIES


@dataclass(frozen=True)
class Meaning:
    """Of a cause, while a conversation is held."""

    ends_with: type[S2SError] | None = None  # nothing: the conversation goes on
    remedy: bool = False
    setting: bool = False  # one of ours cures it, and is named
    retried: bool = False
    warned: bool = True


REFUSED = Meaning(ends_with=RefusedError, remedy=True)
CURED = Meaning(ends_with=RefusedError, remedy=True, setting=True)
MEANINGS = {
    Cause.UNKNOWN: Meaning(),
    Cause.KEY: CURED,
    Cause.PERMISSION: REFUSED,
    Cause.QUOTA: REFUSED,
    Cause.CREDIT: REFUSED,
    Cause.BILLING: REFUSED,
    Cause.ACCOUNT: REFUSED,
    Cause.NO_MODEL: CURED,
    Cause.WRONG_MODEL: CURED,
    Cause.UNKNOWN_MODEL: CURED,
    Cause.UNLOADED_MODEL: CURED,
    Cause.OLD_API: REFUSED,
    Cause.REFUSED: Meaning(),  # only said at the door
    Cause.EXPIRED: Meaning(ends_with=NetworkError),
    Cause.SERVER: Meaning(),
    Cause.RATE_LIMIT: Meaning(retried=True),
    Cause.BUSY: Meaning(warned=False),
    Cause.TOO_SHORT: Meaning(),
    Cause.CROSSED: Meaning(warned=False),
    Cause.INTERRUPTED: Meaning(),
}
ALL = pytest.mark.parametrize("cause", Cause, ids=lambda cause: cause.name)


def complaint(cause: Cause) -> on.ErrorReported:
    return on.ErrorReported("", "", "No", cause=cause)


def test_every_cause_has_a_meaning_here() -> None:
    assert set(MEANINGS) == set(Cause)


@ALL
def test_a_cause_ends_the_session_if_nothing_can_be_done_about_it_while_it_lasts(
    cause: Cause,
) -> None:
    meaning = MEANINGS[cause]
    assert is_fatal(complaint(cause)) == (meaning.ends_with is not None)
    story = Story().talking().tell(complaint(cause))
    if meaning.ends_with:
        assert isinstance(story.error, meaning.ends_with)
    else:
        assert not story.of(do.End)


@ALL
def test_a_cause_has_a_remedy_if_the_user_can_do_something_about_it(cause: Cause) -> None:
    meaning = MEANINGS[cause]
    assert bool(remedy(cause)) == meaning.remedy
    told = refusal(complaint(cause), "talking")
    assert (told.code == cause.code) == meaning.remedy
    if meaning.remedy:
        assert told.hint == remedy(cause)
    assert (cause in REMEDIES) == meaning.setting == (cause.code in HINTS)
    if meaning.setting:
        assert HINTS[cause.code] == REMEDIES[cause]


def test_no_two_causes_have_the_same_remedy() -> None:
    remedies = [remedy(cause) for cause in Cause if MEANINGS[cause].remedy]
    assert len(set(remedies)) == len(remedies) == len([m for m in MEANINGS.values() if m.remedy])


@ALL
def test_what_was_asked_for_is_asked_for_again_if_it_may_work_later(cause: Cause) -> None:
    """Said of a response that has failed, and of one that never came."""
    meaning = MEANINGS[cause]
    failed = Replies(wants_audio=True).failed(cause, "No")
    assert (do.StartTimer(Timer.RETRY, 1000.0) in failed) == meaning.retried
    story = Story().talking().tell(on.TextEntered("Hello"), complaint(cause))
    timers = [each.name for each in story.of(do.StartTimer)]
    assert (Timer.RETRY in timers) == meaning.retried


@ALL
def test_the_user_hears_of_it_unless_it_means_nothing(cause: Cause) -> None:
    meaning = MEANINGS[cause]
    story = Story().answered().tell(complaint(cause))
    warned = bool(story.of(do.Warn)) or bool(story.of(do.End))
    assert warned == meaning.warned


@ALL
def test_a_response_that_fails_ends_the_session_for_the_same_causes(cause: Cause) -> None:
    story = Story().talking().tell(on.InputCommitted("item_0"), on.ResponseStarted("resp_1"))
    story.tell(on.ResponseEnded("resp_1", "failed", "c", "No", cause=cause))
    assert bool(story.of(do.End)) == (MEANINGS[cause].ends_with is not None)


@ALL
def test_before_the_session_stands_any_of_them_ends_it(cause: Cause) -> None:
    assert Story().tell(complaint(cause)).error is not None


FOR_THE_USER = (
    Cause.KEY, Cause.PERMISSION, Cause.QUOTA, Cause.CREDIT, Cause.BILLING, Cause.ACCOUNT,
    Cause.NO_MODEL, Cause.WRONG_MODEL, Cause.UNKNOWN_MODEL, Cause.UNLOADED_MODEL, Cause.OLD_API,
)  # fmt: skip


@ALL
def test_a_connection_that_ends_at_the_door_is_refused_for_any_cause_that_it_tells(
    cause: Cause,
) -> None:
    told = loss(on.ConnectionLost(4000, "", cause), "connecting")
    network = cause in (Cause.UNKNOWN, Cause.EXPIRED, Cause.SERVER)
    assert isinstance(told, NetworkError if network else RefusedError)


@ALL
def test_one_that_ends_later_is_lost_unless_only_the_user_can_mend_its_cause(cause: Cause) -> None:
    told = loss(on.ConnectionLost(4000, "", cause), "talking")
    assert isinstance(told, RefusedError if cause in FOR_THE_USER else NetworkError)


def test_the_codec_knows_a_word_for_every_cause_that_has_one() -> None:
    """The others are what is left, and what only the close of a connection tells."""
    assert set(Cause) - set(CAUSES.values()) == {Cause.UNKNOWN, Cause.REFUSED}


def test_a_turn_that_was_too_short_is_not_waited_for() -> None:
    story = Story().talking().tell(on.TextEntered("Hello"), complaint(Cause.TOO_SHORT))
    assert story.of(do.Warn) == [do.Warn("That turn was too short to be heard.")]
    assert story.asked.count(do.CancelTimer(Timer.ANSWER)) == 1
    assert story.state == "listening"
