"""What each message of an endpoint tells: every field, and where it is looked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.usage import Tokens, Usage
from s2s.wire.realtime.decoder import decode

WHERE = {"response_id": "r", "item_id": "i", "output_index": 3, "content_index": 2}
PART = on.Part("r", "i", 3, 2)
SAID = "conversation.item.input_audio_transcription"


def told(kind: str, /, **fields: Any) -> on.Event:
    return decode(json.dumps({"type": kind, "event_id": "e", **fields}))


MEANINGS: list[tuple[str, dict[str, Any], on.Event]] = [
    ("session.created", {"session": {"id": "s", "model": "m"}}, on.SessionStarted("s", "m")),
    ("session.created", {}, on.SessionStarted("", "")),
    (
        "input_audio_buffer.speech_started",
        {"item_id": "i", "audio_start_ms": 1280, "audio_end_ms": 7},
        on.SpeechStarted("i", 1280),
    ),
    ("input_audio_buffer.speech_started", {"audio_start_ms": 0}, on.SpeechStarted("", 0)),
    ("input_audio_buffer.speech_started", {"item_id": "i"}, on.SpeechStarted("i", None)),
    (
        "input_audio_buffer.speech_stopped",
        {"item_id": "i", "audio_end_ms": 2580.9, "audio_start_ms": 7},
        on.SpeechStopped("i", 2580),
    ),
    ("input_audio_buffer.speech_stopped", {"audio_end_ms": "soon"}, on.SpeechStopped("", None)),
    (
        "input_audio_buffer.committed",
        {"item_id": "i", "previous_item_id": "h"},
        on.InputCommitted("i", "h"),
    ),
    ("input_audio_buffer.committed", {"previous_item_id": None}, on.InputCommitted("", "")),
    (
        "conversation.item.added",
        {"item": {"id": "i", "type": "message", "role": "user"}, "previous_item_id": "h"},
        on.ItemAdded("i", "h", "message", "user"),
    ),
    ("conversation.item.created", {"item": "odd"}, on.ItemAdded("", "", "other", "")),
    (f"{SAID}.delta", {"item_id": "i", "delta": " Hi"}, on.UserTextReceived("i", " Hi")),
    (
        f"{SAID}.updated",
        {"item_id": "i", "transcript": "", "text": "Hi"},
        on.UserTextReceived("i", "Hi", whole=True),
    ),
    (
        f"{SAID}.updated",
        {"item_id": "i", "transcript": "Hi there ", "text": "Hi"},
        on.UserTextReceived("i", "Hi there", whole=True),
    ),
    (f"{SAID}.completed", {"item_id": "i", "transcript": " Hi "}, on.UserTranscribed("i", "Hi")),
    (
        f"{SAID}.failed",
        {"item_id": "i", "error": {"type": "x", "message": "Too quiet"}},
        on.UserTranscriptionFailed("i", "Too quiet"),
    ),
    ("response.created", {"response": {"id": "r"}}, on.ResponseStarted("r")),
    ("response.created", {"response_id": "r"}, on.ResponseStarted("")),
    ("response.output_audio.delta", {**WHERE, "delta": "AQI="}, on.AudioReceived(PART, b"\1\2")),
    (
        "response.output_audio.delta",
        {**WHERE, "delta": "é"},
        on.MessageUnreadable("a piece of the reply's audio is not base64"),
    ),
    ("response.output_audio.done", WHERE, on.AudioEnded(PART)),
    (
        "response.output_audio_transcript.delta",
        {**WHERE, "delta": "Hi"},
        on.TextReceived(PART, "Hi"),
    ),
    (
        "response.output_audio_transcript.done",
        {**WHERE, "transcript": "Hi"},
        on.TextEnded(PART, "Hi"),
    ),
    ("response.output_text.delta", {**WHERE, "delta": "Hi"}, on.TextReceived(PART, "Hi")),
    ("response.output_text.done", {**WHERE, "text": "Hi"}, on.TextEnded(PART, "Hi")),
    (
        "response.output_text.delta",
        {"output_index": "1", "content_index": None},
        on.TextReceived(on.Part("", "", 0, 0), ""),
    ),
    ("ping", {"item": {"id": "i"}}, on.Ignored()),
]


@pytest.mark.parametrize(("kind", "fields", "meaning"), MEANINGS)
def test_a_message_tells_each_of_its_fields(
    kind: str, fields: dict[str, Any], meaning: on.Event
) -> None:
    assert told(kind, **fields) == meaning


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"type": "audio/pcm", "rate": 24_000}, "audio/pcm 24000"),
        ({"type": "audio/pcm", "rate": 16_000.0}, "audio/pcm 16000"),
        ({"type": "audio/pcmu"}, "audio/pcmu"),  # it has one rate
        ({"type": "audio/pcma", "rate": 8_000}, "audio/pcma 8000"),
        ({"type": "audio/pcm"}, ""),  # at which, the endpoint does not say
        ({"rate": 24_000}, "24000"),
        ({}, ""),
        ("pcm16", ""),
    ],
)
def test_the_format_of_each_side_is_told_where_the_endpoint_says_it(given: Any, read: str) -> None:
    for audio, meant in (
        ({"input": {"format": given}}, on.SessionConfigured(read, "")),
        ({"output": {"format": given}}, on.SessionConfigured("", read)),
    ):
        assert told("session.updated", session={"audio": audio}) == meant


STEPS: list[tuple[str, dict[str, Any], str]] = [
    ("response.output_item.added", {"item": {"id": "i1"}, "item_id": "other"}, "i1 0"),
    ("response.content_part.added", {"item_id": "i1", "content_index": 1}, "i1 1"),
    ("response.content_part.done", {"item_id": "i1", "content_index": 1}, "i1 1"),
    ("response.function_call_arguments.delta", {"item_id": "i1", "delta": '{"a"'}, 'i1 0 {"a"'),
    ("response.mcp_call.in_progress", {"item_id": "i1"}, "i1 0"),
    ("response.mcp_call_arguments.delta", {"item_id": "i1", "delta": "{"}, "i1 0 {"),
    ("mcp_list_tools.completed", {"item_id": "i1"}, "i1 0"),
]


@pytest.mark.parametrize(("kind", "fields", "which"), STEPS, ids=[kind for kind, _, _ in STEPS])
def test_what_only_shows_that_a_response_comes_further_tells_which_step_it_was(
    kind: str, fields: dict[str, Any], which: str
) -> None:
    assert told(kind, **fields) == on.Ignored(f"{kind} {which}")


def test_the_end_of_an_item_that_wants_nothing_done_is_a_step_too() -> None:
    done = told("response.output_item.done", response_id="r", item={"id": "i1", "type": "message"})
    assert done == on.Ignored("item.done i1 0")


def test_a_call_is_of_the_response_that_its_item_names() -> None:
    call = {"type": "function_call", "id": "f1", "call_id": "c1", "name": "go", "arguments": "{}"}
    meant = on.FunctionCalled("r", "f1", "c1", "go", "{}", {})
    assert told("response.output_item.done", response_id="r", item=call) == meant


def test_the_arguments_of_a_call_keep_their_letters() -> None:
    call = {"type": "function_call", "id": "f1", "call_id": "c1", "name": "go",
            "arguments": '{"city":  "K\u00f6ln"}'}  # fmt: skip
    meant = on.FunctionCalled("r", "f1", "c1", "go", '{"city": "Köln"}', {"city": "Köln"})
    assert told("response.output_item.done", response_id="r", item=call) == meant


@pytest.mark.parametrize(
    ("limits", "reset_s"),
    [
        ([{"remaining": 0, "reset_seconds": 4.5}], 4.5),
        ([{"remaining": -2, "reset_seconds": 4.5}], 4.5),
        ([{"remaining": 1, "reset_seconds": 4.5}], 0.0),
        ([{"remaining": 0, "reset_seconds": 2}, {"remaining": 0, "reset_seconds": 9}], 9.0),
        ([{"remaining": 0, "reset_seconds": 2}, {"remaining": 5, "reset_seconds": 9}], 2.0),
        ([], 0.0),
        (["odd", {"remaining": 0, "reset_seconds": 3}], 3.0),
    ],
)
def test_of_the_limits_that_are_used_up_the_last_to_be_reset_counts(
    limits: list[Any], reset_s: float
) -> None:
    assert told("rate_limits.updated", rate_limits=limits) == on.RateLimitsUpdated(reset_s)


def test_an_error_tells_all_that_the_endpoint_says() -> None:
    error = {
        "type": "invalid_request_error",
        "code": "session_expired",
        "message": "Over.",
        "param": "session.audio",
        "event_id": "s2s_3.ConfigureSession",
    }
    assert told("error", error=error) == on.ErrorReported(
        "invalid_request_error",
        "session_expired",
        "Over.",
        "session.audio",
        "s2s_3.ConfigureSession",
        Cause.EXPIRED,
        "ConfigureSession",
    )


def test_a_model_that_cannot_be_loaded_is_told_with_or_without_words() -> None:
    """LocalAI says so with an event of its own."""
    with_words = told("model_load_error", error={"message": "No such file"})
    without = told("model_load_error")
    cause = Cause.UNLOADED_MODEL
    assert with_words == on.ErrorReported("", "model_load_error", "No such file", cause=cause)
    assert without == on.ErrorReported(
        "", "model_load_error", "the model cannot be loaded", cause=cause
    )


@pytest.mark.parametrize(
    ("message", "why", "lossy"),
    [
        (b"\0" * 7, "a binary message of 7 bytes", False),
        ("no JSON", "a message of the endpoint is not JSON", True),  # it may have been a piece
        ("[1]", "a message of the endpoint is no JSON object", False),
    ],
)
def test_what_cannot_be_read_tells_whether_a_piece_of_the_reply_may_be_lost(
    message: str | bytes, why: str, lossy: bool
) -> None:
    assert decode(message) == on.MessageUnreadable(why, lossy=lossy)


def test_the_end_of_a_response_tells_all_that_it_holds() -> None:
    output = [
        {"id": "i0", "type": "message", "content": [{"type": "audio", "transcript": "One"}]},
        {"id": "f1", "type": "function_call", "call_id": "c1", "name": "go", "arguments": "[1]"},
        {"id": "i2", "type": "message", "content": [{}, {"type": "text", "text": "Two"}]},
        {"id": "i3", "type": "message"},
    ]
    response = {
        "id": "r", "status": "completed", "output": output, "usage": {"input_tokens": 2},
    }  # fmt: skip
    assert told("response.done", response=response, usage={"input_tokens": 7}) == on.ResponseEnded(
        "r",
        "completed",
        usage=Usage(Tokens(2), raw={"input_tokens": 2}),
        texts=((on.Part("r", "i0", 0, 0), "One"), (on.Part("r", "i2", 2, 1), "Two")),
        item_ids=("i0", "i2", "i3"),
        calls=(on.FunctionCalled("r", "f1", "c1", "go", "[1]", None),),
    )


@pytest.mark.parametrize(
    ("details", "code", "message", "cause"),
    [
        ({"error": {"type": "server_error", "message": "Oh"}}, "server_error", "Oh", Cause.SERVER),
        ({"error": {"code": "rate_limit_exceeded"}}, "rate_limit_exceeded", "", Cause.RATE_LIMIT),
        ({"reason": "client_cancelled"}, "client_cancelled", "", Cause.INTERRUPTED),
        ({"reason": "turn_detected"}, "turn_detected", "", Cause.INTERRUPTED),
        ({"reason": "max_output_tokens"}, "max_output_tokens", "", Cause.UNKNOWN),
        ({"type": "failed"}, "", "", Cause.UNKNOWN),
        ("odd", "", "", Cause.UNKNOWN),
    ],
)
def test_why_a_response_has_ended_is_told_by_its_error_or_its_reason(
    details: Any, code: str, message: str, cause: Cause
) -> None:
    response = {"id": "r", "status": "failed", "status_details": details}
    ended = told("response.done", response=response)
    assert ended == on.ResponseEnded("r", "failed", code, message, cause=cause)


@pytest.mark.parametrize("status", ["completed", "cancelled", "incomplete", "failed"])
def test_how_a_response_has_ended_is_told_in_the_rules_own_words(
    status: on.ResponseStatus,
) -> None:
    assert told("response.done", response={"id": "r", "status": status}) == on.ResponseEnded(
        "r", status
    )


def test_a_status_that_nobody_knows_is_told_as_the_code_unless_there_is_one() -> None:
    odd = {"id": "r", "status": "paused"}
    assert told("response.done", response=odd) == on.ResponseEnded("r", "", "paused")
    coded = {**odd, "status_details": {"reason": "lunch"}}
    assert told("response.done", response=coded) == on.ResponseEnded("r", "", "lunch")


@pytest.mark.parametrize(
    ("kind", "role", "read"),
    [
        ("message", "user", ("message", "user")),
        ("message", "assistant", ("message", "assistant")),
        ("message", "system", ("message", "system")),
        ("function_call", None, ("call", "")),
        ("function_call_output", "tool", ("other", "")),
        ("mcp_call", "", ("other", "")),
    ],
)
def test_what_an_item_is_is_told_in_the_rules_own_words(
    kind: str, role: str | None, read: tuple[on.ItemKind, on.Role]
) -> None:
    added = told("conversation.item.added", item={"id": "i", "type": kind, "role": role})
    assert added == on.ItemAdded("i", "", *read)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (480, 480),
        (480.7, 480),
        (0, 0),
        (-3, -3),
        (True, 1),
        (10**400, 0),  # more than a float holds
        ("480", None),
        (None, None),
        ([480], None),
    ],
)
def test_a_time_is_read_from_any_number_and_from_nothing_else(value: Any, read: int | None) -> None:
    assert told("input_audio_buffer.speech_started", audio_start_ms=value) == (
        on.SpeechStarted("", read)
    )


def test_endless_numbers_are_none() -> None:
    for endless in ("Infinity", "-Infinity", "NaN"):
        message = f'{{"type": "input_audio_buffer.speech_stopped", "audio_end_ms": {endless}}}'
        assert decode(message) == on.SpeechStopped("", 0)
        used = f'{{"type": "response.done", "response": {{"usage": {{"seconds": {endless}}}}}}}'
        ended = decode(used)
        assert isinstance(ended, on.ResponseEnded) and ended.usage
        assert ended.usage.seconds == 0.0


@pytest.mark.parametrize(
    ("count", "read"), [(0, 0), (10**12, 0), (10**12 - 1, 10**12 - 1), (-1, 0), (2.9, 2)]
)
def test_a_count_that_nobody_can_mean_is_none(count: float, read: int) -> None:
    ended = told("response.done", response={"usage": {"output_tokens": count}})
    assert isinstance(ended, on.ResponseEnded) and ended.usage
    assert ended.usage.output == Tokens(read)


def test_half_a_letter_in_a_field_is_replaced_and_in_a_piece_is_kept_for_the_next_one() -> None:
    kind = "response.output_text.delta"
    piece = decode(f'{{"type": "{kind}", "item_id": "\\ud83d", "delta": "a\\ud83d"}}')
    assert piece == on.TextReceived(on.Part("", "\ufffd", 0, 0), "a\ud83d")
