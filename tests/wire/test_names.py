"""Items and responses have one name each, over all the sessions of a conversation."""

from __future__ import annotations

import base64
import json
from typing import Any

from s2s import pcm
from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.wire.realtime.codec import RealtimeCodec


def told(codec: RealtimeCodec, **event: Any) -> on.Event:
    (fact,) = codec.decode(json.dumps(event))
    return fact


def written(codec: RealtimeCodec, command: do.Command) -> dict[str, Any]:
    message = codec.encode(command)
    assert message
    event: dict[str, Any] = json.loads(message)
    return event


def started(codec: RealtimeCodec, item_id: str) -> on.Event:
    return told(codec, type="input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=0)


def test_an_endpoint_that_counts_anew_in_each_session_names_something_new() -> None:
    first = RealtimeCodec()
    second = first.another()
    third = second.another()
    names = {started(each, "item_1") for each in (first, second, third)}
    assert len(names) == 3
    assert started(first, "item_1") == on.SpeechStarted("item_1", 0), "as the endpoint calls it"


def test_what_a_session_calls_an_item_is_what_it_is_called_back() -> None:
    codec = RealtimeCodec().another()
    fact = started(codec, "item_1")
    assert isinstance(fact, on.SpeechStarted)
    assert written(codec, do.TruncateItem(fact.item_id, 0, 300))["item_id"] == "item_1"
    response = told(codec, type="response.created", response={"id": "resp_1"})
    assert isinstance(response, on.ResponseStarted)
    cancel = written(codec, do.CancelResponse(response.response_id))
    assert cancel["response_id"] == "resp_1"


def test_an_item_that_is_told_again_is_the_same_item_for_us() -> None:
    codec = RealtimeCodec().another()
    event = written(codec, do.SeedItem("item_1", "assistant", "A number."))
    given = event["item"]["id"]
    assert given != "item_1", "the endpoint may count anew"
    assert event["type"] == "conversation.item.create"
    assert event["item"]["content"] == [{"type": "output_text", "text": "A number."}]
    added = told(
        codec, type="conversation.item.added", previous_item_id=None,
        item={"id": given, "type": "message", "role": "assistant"},
    )  # fmt: skip
    assert added == on.ItemAdded("item_1", "", "message", "assistant")
    behind = written(codec, do.SeedItem("item_2", "user", "And two?", after="item_1"))
    assert behind["previous_item_id"] == given
    assert behind["item"]["content"] == [{"type": "input_text", "text": "And two?"}]


def test_items_that_had_no_name_get_one_each() -> None:
    codec = RealtimeCodec().another()
    seeds = [do.SeedItem("", "user", text) for text in ("One.", "Two.")]
    names = {written(codec, each)["item"]["id"] for each in seeds}
    assert len(names) == 2


def test_a_turn_without_words_is_told_as_its_sound() -> None:
    sound = pcm.silence(100)
    event = written(RealtimeCodec().another(), do.SeedItem("item_1", "user", pcm=sound))
    (content,) = event["item"]["content"]
    assert content["type"] == "input_audio"
    assert base64.b64decode(content["audio"]) == sound


def test_the_parts_and_texts_of_a_response_are_named_alike() -> None:
    codec = RealtimeCodec().another()
    where = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    audio = told(codec, type="response.output_audio.done", **where)
    message = {"id": "i", "type": "message", "content": [{"type": "output_text", "text": "Hi."}]}
    done = {"id": "r", "status": "completed", "output": [message]}
    ended = told(codec, type="response.done", response=done)
    assert isinstance(audio, on.AudioEnded)
    assert isinstance(ended, on.ResponseEnded)
    assert ended.response_id == audio.part.response_id
    assert ended.item_ids == (audio.part.item_id,)
    assert [part for part, _ in ended.texts] == [audio.part]
