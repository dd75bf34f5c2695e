"""Orders become client events the official package knows; whatever a server sends is understood."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from official import check_client_event

from s2s.conversation import commands as do
from s2s.conversation import events as on
from s2s.conversation.causes import Cause
from s2s.conversation.session_config import (
    ByKey,
    NoiseReduction,
    Option,
    ReasoningEffort,
    SemanticVad,
    ServerVad,
    Speed,
    TurnDetection,
)
from s2s.conversation.usage import Tokens, Usage
from s2s.secret import Secret
from s2s.wire.realtime.decoder import decode
from s2s.wire.realtime.encoder import Encoder
from s2s.wire.realtime.text_pieces import MOST_HALVES, TextPieces
from s2s.wire.trace import describe

ORDERS: list[do.Command] = [
    do.ConfigureSession(),
    do.ConfigureSession(voice="marin", instructions="Be brief."),
    do.ConfigureSession(voice="cedar", instructions="", text_only=True),
    do.ConfigureSession(turn_detection=ServerVad(0.6, 200, 700, 5_000)),
    do.ConfigureSession(turn_detection=SemanticVad("low")),
    do.ConfigureOption("--speed", Speed(1.25)),
    do.ConfigureOption("--effort", ReasoningEffort("low")),
    do.ConfigureOption("--noise-reduction", NoiseReduction("near")),
    do.ConfigureOption("--noise-reduction", NoiseReduction(None)),
    do.ConfigureTranscription("gpt-transcribe"),
    do.ConfigureTranscription("gpt-4o-mini-transcribe", "de"),
    do.CommitAudio(),
    do.CreateResponse(),
    do.DeclineApproval("mcpr_1"),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
def test_every_client_event_is_known_to_the_official_package(order: do.Command) -> None:
    message = Encoder().encode(order)
    assert message is not None
    check_client_event(json.loads(message))


def test_appended_audio_is_known_to_the_official_package_and_arrives_whole() -> None:
    event = json.loads(Encoder().append(b"\x00\xff" * 500))
    check_client_event(event)
    assert base64.b64decode(event["audio"]) == b"\x00\xff" * 500


def test_the_check_itself_finds_an_unknown_key() -> None:
    event = json.loads(Encoder().encode(do.CommitAudio()) or "")
    with pytest.raises(AssertionError, match="surprise"):
        check_client_event({**event, "surprise": 1})


def test_formats_are_always_explicit() -> None:
    session = json.loads(Encoder().encode(do.ConfigureSession()) or "")["session"]
    wanted = {"type": "audio/pcm", "rate": 24000}
    assert session["audio"]["input"]["format"] == wanted == session["audio"]["output"]["format"]
    assert session["audio"]["input"]["turn_detection"] is None


ALWAYS = {"create_response": True, "interrupt_response": True}
SERVER = {"type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 200,
          "silence_duration_ms": 700, **ALWAYS}  # fmt: skip


@pytest.mark.parametrize(
    ("turns", "written"),
    [
        (ByKey(), None),
        (SemanticVad("low"), {"type": "semantic_vad", "eagerness": "low", **ALWAYS}),
        (ServerVad(0.6, 200, 700), SERVER),
        (ServerVad(0.6, 200, 700, 5_000), {**SERVER, "idle_timeout_ms": 5_000}),
    ],
)
def test_who_ends_the_turns_is_written_as_the_api_has_it(
    turns: TurnDetection, written: dict[str, Any] | None
) -> None:
    sent = json.loads(Encoder().encode(do.ConfigureSession(turn_detection=turns)) or "")
    assert sent["session"]["audio"]["input"]["turn_detection"] == written


@pytest.mark.parametrize(
    ("setting", "written"),
    [
        (Speed(1.25), {"audio": {"output": {"speed": 1.25}}}),
        (ReasoningEffort("low"), {"reasoning": {"effort": "low"}}),
        (NoiseReduction("near"), {"audio": {"input": {"noise_reduction": {"type": "near_field"}}}}),
        (NoiseReduction("far"), {"audio": {"input": {"noise_reduction": {"type": "far_field"}}}}),
        (NoiseReduction(None), {"audio": {"input": {"noise_reduction": None}}}),
    ],
)
def test_an_option_is_alone_in_its_update(setting: Option, written: dict[str, Any]) -> None:
    sent = json.loads(Encoder().encode(do.ConfigureOption("--it", setting)) or "")
    assert sent["session"] == {"type": "realtime", **written}


def test_usage_is_read_by_kind_and_kept_as_it_came() -> None:
    used = {
        "total_tokens": 42, "input_tokens": 30, "output_tokens": 12,
        "input_token_details": {"audio_tokens": 20, "text_tokens": 10, "cached_tokens": 4},
        "output_token_details": {"audio_tokens": 9, "text_tokens": 3},
    }  # fmt: skip
    ended = decode(json.dumps({"type": "response.done", "response": {"id": "r", "usage": used}}))
    read = Usage(Tokens(30, text=10, audio=20, cached=4), Tokens(12, text=3, audio=9), raw=used)
    assert ended == on.ResponseEnded("r", "", usage=read)


def test_the_usage_of_a_transcription_is_read_in_tokens_or_in_seconds() -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    for used, read in (
        (
            {"type": "duration", "seconds": 2.5},
            Usage(seconds=2.5, raw={"type": "duration", "seconds": 2.5}),
        ),
        ({"input_tokens": 5}, Usage(Tokens(5), raw={"input_tokens": 5})),
        (None, None),
    ):
        words = decode(event(kind, transcript="Hi", usage=used))
        assert words == on.UserTranscribed("i", "Hi", read)


@pytest.mark.parametrize("odd", ["many", -1, None, [1], 1e300, {"a": 1}])
def test_usage_that_is_no_count_is_none(odd: Any) -> None:
    used = {"input_tokens": odd, "output_tokens": odd, "input_token_details": odd, "seconds": odd}
    ended = decode(json.dumps({"type": "response.done", "response": {"usage": used}}))
    assert isinstance(ended, on.ResponseEnded)
    assert ended.usage == Usage(raw=used)


TRANSCRIPTION = "conversation.item.input_audio_transcription"


@pytest.mark.parametrize(
    ("kind", "came"),
    [
        ("updated", {"transcript": "What is"}),
        ("updated", {"text": " What is "}),
        ("completed", {"transcript": "What is", "status": "in_progress"}),
    ],
)
def test_words_that_may_still_change_replace_those_before(kind: str, came: dict[str, str]) -> None:
    told = decode(event(f"{TRANSCRIPTION}.{kind}", **came))
    assert told == on.UserTextReceived("i", "What is", whole=True)


def test_words_that_are_completed_are_known() -> None:
    told = decode(event(f"{TRANSCRIPTION}.completed", transcript="What is it", status="completed"))
    assert told == on.UserTranscribed("i", "What is it")


def test_the_half_of_a_letter_that_waits_is_no_part_of_words_that_replace_it() -> None:
    pieces = TextPieces()
    pieces.take(on.UserTextReceived("u", "a\ud83d"))
    replaced = on.UserTextReceived("u", "all of it", whole=True)
    assert [*pieces.take(replaced), *pieces.end()] == [replaced]


def test_no_two_client_events_have_the_same_id() -> None:
    encoder = Encoder()
    messages = [encoder.append(b""), encoder.encode(do.CommitAudio()), encoder.append(b"")]
    assert len({json.loads(each or "")["event_id"] for each in messages}) == 3


def test_orders_for_others_are_not_sent() -> None:
    assert Encoder().encode(do.WriteAudio(b"")) is None


def event(kind: str, **fields: Any) -> str:
    where = {"response_id": "r", "item_id": "i", "output_index": 1, "content_index": 2}
    return json.dumps({"type": kind, "event_id": "e", **where, **fields})


PART = on.Part("r", "i", 1, 2)
PIECES = [
    ("response.output_audio.delta", {"delta": "AQI="}, on.AudioReceived(PART, b"\1\2")),
    ("response.audio.delta", {"delta": "AQI="}, on.AudioReceived(PART, b"\1\2")),
    ("response.output_audio.done", {}, on.AudioEnded(PART)),
    ("response.audio.done", {}, on.AudioEnded(PART)),
    ("response.output_audio_transcript.delta", {"delta": "Hi"}, on.TextReceived(PART, "Hi")),
    ("response.audio_transcript.delta", {"delta": "Hi"}, on.TextReceived(PART, "Hi")),
    ("response.output_text.delta", {"delta": "Hi"}, on.TextReceived(PART, "Hi")),
    ("response.text.delta", {"delta": "Hi"}, on.TextReceived(PART, "Hi")),
    ("response.audio_transcript.done", {"transcript": "Hi"}, on.TextEnded(PART, "Hi")),
    ("response.text.done", {"text": "Hi"}, on.TextEnded(PART, "Hi")),
    ("input_audio_buffer.committed", {}, on.InputCommitted("i")),
]


@pytest.mark.parametrize(("kind", "fields", "meaning"), PIECES)
def test_ga_names_and_other_endpoints_names_mean_the_same(
    kind: str, fields: dict[str, Any], meaning: on.Event
) -> None:
    assert decode(event(kind, **fields)) == meaning


# Frames captured on the wire, as published by others (shared digest of the protocol, section 9b).
CAPTURED_SESSION = """{"type":"session.created","event_id":"event_1","session":{"type":"realtime",
 "object":"realtime.session","id":"sess_1","model":"gpt-realtime","output_modalities":["audio"],
 "instructions":"Your knowledge cutoff is 2023-10.","tools":[],"tool_choice":"auto",
 "max_output_tokens":"inf","tracing":null,"prompt":null,"expires_at":1756324625,"include":null,
 "audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":null,
   "noise_reduction":null,"turn_detection":{"type":"server_vad","threshold":0.5,
   "prefix_padding_ms":300,"silence_duration_ms":200,"idle_timeout_ms":null,
   "create_response":true,"interrupt_response":true}},
  "output":{"format":{"type":"audio/pcm","rate":24000},"voice":"marin","speed":1.0}}}}"""
CAPTURED_LIMITS = """{"type":"rate_limits.updated","event_id":"event_9","rate_limits":
 [{"name":"tokens","limit":15000000,"remaining":14999716,"reset_seconds":0.001}]}"""


def test_captured_frames_are_understood() -> None:
    assert decode(CAPTURED_SESSION) == on.SessionStarted("sess_1", "gpt-realtime", 1756324625)
    updated = CAPTURED_SESSION.replace("session.created", "session.updated")
    assert decode(updated) == on.SessionConfigured("audio/pcm 24000", "audio/pcm 24000")
    assert decode(CAPTURED_LIMITS) == on.RateLimitsUpdated(0.0)


def test_a_failed_response_tells_code_message_and_usage() -> None:
    details = {"type": "failed", "error": {"type": "server_error", "code": "c", "message": "m"}}
    response = {"id": "r", "status": "failed", "status_details": details, "usage": {"t": 1}}
    assert decode(json.dumps({"type": "response.done", "response": response})) == on.ResponseEnded(
        "r", "failed", "c", "m", Usage(raw={"t": 1}), cause=Cause.SERVER
    )


def test_an_incomplete_response_tells_its_reason() -> None:
    response = {"id": "r", "status": "incomplete", "status_details": {"reason": "content_filter"}}
    ended = decode(json.dumps({"type": "response.done", "response": response}))
    assert ended == on.ResponseEnded("r", "incomplete", "content_filter")


@pytest.mark.parametrize(
    "message",
    ["", "not json", "[1]", "7", "[" * 100_000, event("response.output_audio.delta", delta="*")],
)
def test_what_cannot_be_read_is_said_and_not_guessed(message: str) -> None:
    assert isinstance(decode(message), on.MessageUnreadable)


def test_a_binary_message_is_not_part_of_the_protocol() -> None:
    assert decode(b"\0\1") == on.MessageUnreadable("a binary message of 2 bytes", lossy=False)


def test_secrets_are_taken_out_of_what_the_endpoint_says() -> None:
    Secret("0123-my-own-kind-of-key")
    for key in ("sk-abcdef1234", "0123-my-own-kind-of-key"):
        error = {"type": "error", "error": {"message": f"Incorrect API key provided: {key}"}}
        told = decode(json.dumps(error))
        assert isinstance(told, on.ErrorReported)
        assert told.message == "Incorrect API key provided: ***"


@pytest.mark.parametrize(
    ("delta", "audio"),
    [
        ("AQI", b"\1\2"),  # without its padding
        ("AQI==", b"\1\2"),  # with more than it needs
        ("AQ\nI=\r\n", b"\1\2"),  # in lines, as MIME has it
        (" A Q\tI = ", b"\1\2"),
        ("-_-_", b"\xfb\xff\xbf"),  # with the alphabet for URLs
        ("", b""),
    ],
)
def test_base64_is_read_as_others_write_it(delta: str, audio: bytes) -> None:
    assert decode(event("response.audio.delta", delta=delta)) == on.AudioReceived(PART, audio)


CALL = {"type": "function_call", "id": "f1", "call_id": "c1", "name": "weather", "arguments": "{}"}
APPROVAL = {
    "type": "mcp_approval_request", "id": "a1", "server_label": "mail", "name": "send",
    "arguments": "{}",
}  # fmt: skip


def test_what_the_model_wants_done_is_told_by_its_item_and_again_by_the_end() -> None:
    call = on.FunctionCalled("r", "f1", "c1", "weather", "{}", {})
    approval = on.ApprovalRequested("r", "a1", "mail", "send", "{}", {})
    for item, wanted in ((CALL, call), (APPROVAL, approval)):
        done = {"type": "response.output_item.done", "response_id": "r", "item": item}
        assert decode(json.dumps(done)) == wanted
    response = {"id": "r", "status": "completed", "output": [CALL, APPROVAL, {"type": "message"}]}
    ended = decode(json.dumps({"type": "response.done", "response": response}))
    assert isinstance(ended, on.ResponseEnded)
    assert ended.calls == (call, approval)


def test_what_takes_a_response_further_is_told_from_what_does_not() -> None:
    added = {"type": "response.output_item.added", "event_id": "e1", "item": {"id": "i1"}}
    again = {**added, "event_id": "e2"}
    other = {**added, "item": {"id": "i2"}}
    first, second, third = (decode(json.dumps(each)) for each in (added, again, other))
    assert first == second != third
    assert decode(json.dumps({"type": "ping", "event_id": "e3"})) == on.Ignored()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["session", "response", "error", "delta", "item_id", "output_index", "rate_limits", "audio"]
)
KINDS = [json.loads(event(kind))["type"] for kind, _, _ in PIECES] + [
    "session.created", "session.updated", "response.created", "response.done", "error",
    "rate_limits.updated", "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed", "model_load_error", "brand.new",
]  # fmt: skip


@given(st.sampled_from(KINDS), st.dictionaries(KEYS, JSON, max_size=4))
def test_no_shape_of_a_known_event_breaks_the_reader(kind: str, fields: dict[str, Any]) -> None:
    assert decode(json.dumps({"type": kind, **fields})) is not None


HIGH, LOW = "\ud83d", "\ude00"  # the halves of a grinning face
DELTA, DONE = "response.output_text.delta", "response.output_text.done"
OTHER = on.Part("r2", "a2", 0, 0)


def piece(text: str, part: on.Part = PART) -> str:
    return json.dumps({"type": DELTA, "delta": text, **part._asdict()})


def read(*messages: str) -> list[on.Event]:
    pieces = TextPieces()
    return [event for message in messages for event in pieces.take(decode(message))]


def texts(events: list[on.Event], part: on.Part = PART) -> str:
    return "".join(e.text for e in events if isinstance(e, on.TextReceived) and e.part == part)


def test_a_letter_that_two_pieces_share_is_put_together() -> None:
    assert texts(read(piece(f"smile {HIGH}"), piece(f"{LOW} ok"))) == "smile 😀 ok"


def test_a_letter_is_put_together_across_what_comes_between() -> None:
    sound = event("response.output_audio.delta", delta="AQI=")
    told = read(piece(HIGH), sound, piece(HIGH, OTHER), piece(LOW), piece(LOW, OTHER))
    assert (texts(told), texts(told, OTHER)) == ("😀", "😀")


def test_a_letter_of_the_users_words_is_put_together_too() -> None:
    kind = "conversation.item.input_audio_transcription.delta"
    told = read(*(json.dumps({"type": kind, "item_id": "u1", "delta": d}) for d in (HIGH, LOW)))
    assert [e.text for e in told if isinstance(e, on.UserTextReceived)] == ["", "😀"]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([f"a{HIGH}", "b"], "a\ufffdb"),
        ([f"a{HIGH}", f"{HIGH}{LOW}"], "a\ufffd😀"),
        ([f"a{HIGH}", "", LOW], "a😀"),  # nothing has come between
        ([f"{LOW}b"], "\ufffdb"),
        ([f"a{HIGH}b{LOW}c"], "a\ufffdb\ufffdc"),
    ],
)
def test_only_half_a_letter_that_stays_alone_is_replaced(pieces: list[str], text: str) -> None:
    assert texts(read(*map(piece, pieces))) == text


@pytest.mark.parametrize(
    "end",
    [
        json.dumps({"type": DONE, "text": "a", **PART._asdict()}),
        json.dumps({"type": "response.done", "response": {"id": PART.response_id}}),
        json.dumps({"type": "response.done", "response": {}}),
    ],
)
def test_half_a_letter_that_is_left_over_is_told_before_its_text_ends(end: str) -> None:
    told = read(piece(f"a{HIGH}"), piece(f"b{HIGH}", OTHER), end)
    assert texts(told) == "a\ufffd"
    assert isinstance(told[-1], on.TextEnded | on.ResponseEnded)


def test_half_a_letter_is_told_when_no_more_messages_come() -> None:
    pieces = TextPieces()
    pieces.take(decode(piece(f"a{HIGH}")))
    assert texts(pieces.end()) == "\ufffd"
    assert pieces.end() == []


def test_letters_that_never_end_are_not_kept_for_ever() -> None:
    parts = [on.Part("r", f"a{n}", 0, 0) for n in range(MOST_HALVES + 1)]
    told = read(*(piece(HIGH, part) for part in parts))
    assert [texts(told, part) for part in parts[:2]] == ["\ufffd", ""]


HALVES = st.text(st.sampled_from(["a", "😀", HIGH, LOW]), max_size=6)


@given(st.lists(HALVES, max_size=6))
def test_however_a_text_is_cut_what_is_read_is_the_text(cut: list[str]) -> None:
    pieces = TextPieces()
    told = [event for each in cut for event in pieces.take(decode(piece(each)))] + pieces.end()
    whole = "".join(cut).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert texts(told) == whole


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in strings(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in strings(each)]
    if dataclasses.is_dataclass(value):
        return strings([getattr(value, field.name) for field in dataclasses.fields(value)])
    return [value] if isinstance(value, str) else []


@given(st.sampled_from(KINDS), st.sampled_from([HIGH, LOW, f"x{LOW}{HIGH}"]))
def test_whatever_an_endpoint_says_comes_out_as_valid_text(kind: str, bad: str) -> None:
    nested = {"id": bad, "model": bad, "message": bad, "code": bad, "transcript": bad, bad: bad}
    error = {**nested, "type": bad, "param": bad, "event_id": bad}
    call = {"type": "function_call", "id": bad, "call_id": bad, "name": bad, "arguments": bad}
    response = {"id": bad, "status": bad, "status_details": {"reason": bad, "error": error},
                "usage": {"delta": bad, bad: [bad]}, "output": [{**nested, "type": "message",
                "content": [nested]}]}  # fmt: skip
    fields = {
        **nested, "delta": bad, "text": bad, "item_id": bad, "response_id": bad, "error": error,
        "previous_item_id": bad, "usage": {"delta": bad, bad: bad}, "response": response,
        "session": nested, "item": {**nested, "type": bad, "role": bad},
    }  # fmt: skip
    pieces = TextPieces()
    for message in ({"type": kind, **fields}, {"type": kind, **fields, "item": call}):
        for told in [*pieces.take(decode(json.dumps(message))), *pieces.end()]:
            for text in strings(told):
                text.encode()


def test_half_a_letter_in_the_arguments_of_a_call_is_replaced_there() -> None:
    def arguments(text: str) -> str:
        item = {"type": "function_call", "name": "f", "arguments": text}
        called = decode(json.dumps({"type": "response.output_item.done", "item": item}))
        assert isinstance(called, on.FunctionCalled)
        return called.arguments

    assert json.loads(arguments(r'{"a": "\ud83d"}')) == {"a": "\ufffd"}
    assert json.loads(arguments(r'{"a": "\ud83d\ude00 \u00e9" }')) == {"a": "😀 é"}


@pytest.mark.parametrize(
    "order",
    [
        do.ConfigureSession(voice="caf\udce9", instructions="caf\udce9"),
        do.ConfigureTranscription("caf\udce9", "d\udce9"),
        do.CreateUserText("caf\udce9"),
        do.CreateFunctionOutput("c1", {"where": "caf\udce9"}),
    ],
)
def test_what_our_own_side_brings_is_sent_as_valid_text(order: do.Command) -> None:
    message = Encoder().encode(order)
    assert message is not None
    assert all(text.isprintable() for text in strings(json.loads(message.encode())))
    assert "\ufffd" in json.dumps(json.loads(message), ensure_ascii=False)


def test_the_log_shows_a_message_with_half_a_letter() -> None:
    assert describe(piece(f"a{HIGH}")).encode()


@pytest.mark.parametrize(
    ("written", "line", "values"),
    [
        ('{"city":\n "Oslo"}', '{"city": "Oslo"}', {"city": "Oslo"}),
        ("[1, 2]", "[1, 2]", None),
        ("no  JSON\nat all", "no JSON at all", None),
        ("[" * 100_000, "[" * 100_000, None),
        ("", "", None),
    ],
)
def test_the_arguments_of_a_call_are_read(written: str, line: str, values: object) -> None:
    for item in (
        {"type": "function_call", "name": "f", "arguments": written},
        {"type": "mcp_approval_request", "name": "f", "arguments": written},
    ):
        called = decode(json.dumps({"type": "response.output_item.done", "item": item}))
        assert isinstance(called, on.FunctionCalled | on.ApprovalRequested)
        assert (called.arguments, called.values) == (line, values)


@pytest.mark.parametrize(
    ("kind", "role", "read"),
    [
        ("message", "user", ("message", "user")),
        ("message", "assistant", ("message", "assistant")),
        ("message", "system", ("message", "system")),
        ("function_call", None, ("call", "")),
        ("function_call_output", None, ("other", "")),
        ("mcp_list_tools", "tool", ("other", "")),
    ],
)
def test_what_an_item_is_is_told_in_words_of_ours(
    kind: str, role: str | None, read: tuple[str, str]
) -> None:
    added = decode(event("conversation.item.added", item={"id": "i", "type": kind, "role": role}))
    assert added == on.ItemAdded("i", "", *read)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("response", "read"),
    [
        ({"status": "completed"}, ("completed", "")),
        ({"status": "cancelled"}, ("cancelled", "")),
        (
            {"status": "incomplete", "status_details": {"reason": "filter"}},
            ("incomplete", "filter"),
        ),
        ({"status": "failed"}, ("failed", "")),
        ({"status": "in_progress"}, ("", "in_progress")),
        ({"status": "odd", "status_details": {"reason": "because"}}, ("", "because")),
        ({}, ("", "")),
    ],
)
def test_how_a_response_ended_is_one_of_four_or_else_told_as_its_code(
    response: dict[str, object], read: tuple[str, str]
) -> None:
    ended = decode(event("response.done", response={"id": "r", **response}))
    assert isinstance(ended, on.ResponseEnded)
    assert (ended.status, ended.code) == read
