"""One file's conversation leaves the session before the next one begins in it."""

from __future__ import annotations

import pytest

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.forgetting import Forgetting


def after(*events: on.Event) -> Forgetting:
    forgetting = Forgetting()
    for event in events:
        forgetting.hear(event)
    return forgetting


QUESTION = on.InputCommitted("i1")
ANSWER = on.ItemAdded("i2", "i1", "message", "assistant")


def test_everything_is_deleted_the_newest_first() -> None:
    forgetting = after(QUESTION, ANSWER, on.ResponseEnded("r", "completed", item_ids=("i2", "i3")))
    assert forgetting.orders() == [do.DeleteItem("i3"), do.DeleteItem("i2"), do.DeleteItem("i1")]
    assert not forgetting.is_done
    for item in ("i1", "i2", "i3"):
        forgetting.hear(on.ItemDeleted(item))
    assert forgetting.is_done


def test_it_is_done_only_when_the_endpoint_has_said_so_of_all() -> None:
    forgetting = after(QUESTION, ANSWER, on.ItemDeleted("i2"))
    assert not forgetting.is_done
    assert forgetting.orders() == [do.DeleteItem("i1")]


@pytest.mark.parametrize(
    "event",
    [on.ErrorReported("", "item_gone", "No such item."), on.ConnectionLost(),
     on.MessageUnreadable("not JSON"), on.ItemAdded("", "", "message", "user")],
    ids=lambda event: type(event).__name__,
)  # fmt: skip
def test_where_anything_is_uncertain_the_session_is_not_used_again(event: on.Event) -> None:
    forgetting = after(QUESTION, event, on.ItemDeleted("i1"))
    assert not forgetting.is_possible
    assert not forgetting.is_done


def test_an_endpoint_that_tells_of_no_items_is_not_trusted() -> None:
    assert not after(on.SessionStarted("s", "m")).is_possible
