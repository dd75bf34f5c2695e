"""The codec as the session has it: messages in, facts out; orders in, messages out."""

from __future__ import annotations

import json

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.wire.realtime.codec import RealtimeCodec

PART = on.Part("r", "i", 0, 0)


def piece(text: str) -> str:
    kind = "response.output_text.delta"
    return json.dumps({"type": kind, "delta": text, "response_id": "r", "item_id": "i"})


def test_a_message_becomes_its_fact_and_half_a_letter_waits_for_the_other_half() -> None:
    codec = RealtimeCodec()
    assert codec.decode(piece("a\ud83d")) == [on.TextReceived(PART, "a")]
    assert codec.decode(piece("\ude00")) == [on.TextReceived(PART, "😀")]
    assert codec.finish() == []


def test_what_still_waits_is_told_when_no_more_messages_come() -> None:
    codec = RealtimeCodec()
    codec.decode(piece("a\ud83d"))
    assert codec.finish() == [on.TextReceived(PART, "\ufffd")]


def test_orders_are_numbered_over_the_whole_connection() -> None:
    codec = RealtimeCodec()
    sent = [codec.encode(each) or "" for each in (do.CommitAudio(), do.CreateResponse())]
    assert [json.loads(each)["event_id"].partition(".")[0] for each in sent] == ["s2s_1", "s2s_2"]
    assert codec.encode(do.ClearPlayout()) is None
