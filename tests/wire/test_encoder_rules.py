"""What each order is on the wire, to the letter: an endpoint reads nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s2s.conversation import commands as do
from s2s.conversation.session_config import SemanticVad
from s2s.wire.realtime.encoder import Encoder

FAST = SemanticVad("high", decides=False)
PCM = {"type": "audio/pcm", "rate": 24_000}
ORDERS: list[tuple[do.Command, dict[str, Any]]] = [
    (
        do.ConfigureSession(voice="marin", instructions="Be brief."),
        {
            "type": "session.update",
            "session": {
                "type": "realtime",
                "output_modalities": ["audio"],
                "audio": {
                    "input": {"format": PCM, "turn_detection": None},
                    "output": {"format": PCM, "voice": "marin"},
                },
                "instructions": "Be brief.",
            },
        },
    ),
    (
        do.ConfigureSession(text_only=True),
        {
            "type": "session.update",
            "session": {
                "type": "realtime",
                "output_modalities": ["text"],
                "audio": {
                    "input": {"format": PCM, "turn_detection": None},
                    "output": {"format": PCM},
                },
            },
        },
    ),
    (
        do.ConfigureTranscription("whisper", "de"),
        {
            "type": "session.update",
            "session": {
                "type": "realtime",
                "audio": {"input": {"transcription": {"model": "whisper", "language": "de"}}},
            },
        },
    ),
    (do.AskForSign(), {"type": "session.update", "session": {"type": "realtime"}}),
    (do.CommitAudio(), {"type": "input_audio_buffer.commit"}),
    (
        do.ConfigureTurns(FAST),
        {
            "type": "session.update",
            "session": {
                "type": "realtime",
                "audio": {
                    "input": {
                        "turn_detection": {
                            "type": "semantic_vad",
                            "eagerness": "high",
                            "create_response": False,
                            "interrupt_response": False,
                        }
                    }
                },
            },
        },
    ),
    (do.ClearInput(), {"type": "input_audio_buffer.clear"}),
    (do.CreateResponse(), {"type": "response.create"}),
    (do.CancelResponse(""), {"type": "response.cancel"}),
    (do.CancelResponse("resp_1"), {"type": "response.cancel", "response_id": "resp_1"}),
    (do.DeleteItem("item_1"), {"type": "conversation.item.delete", "item_id": "item_1"}),
    (
        do.TruncateItem("item_1", 2, 480),
        {
            "type": "conversation.item.truncate",
            "item_id": "item_1",
            "content_index": 2,
            "audio_end_ms": 480,
        },
    ),
    (
        do.CreateUserText("Grüße"),
        {
            "type": "conversation.item.create",
            "item": {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Grüße"}],
            },
        },
    ),
    (
        do.CreateFunctionOutput("call_1", {"weather": "sünny"}),
        {
            "type": "conversation.item.create",
            "item": {
                "type": "function_call_output",
                "call_id": "call_1",
                "output": '{"weather": "sünny"}',
            },
        },
    ),
    (
        do.DeclineApproval("mcpr_" + "0123456789" * 3),
        {
            "type": "conversation.item.create",
            "item": {
                "type": "mcp_approval_response",
                "id": "no_23456789" + "0123456789" * 2,
                "approval_request_id": "mcpr_" + "0123456789" * 3,
                "approve": False,
            },
        },
    ),
]


@pytest.mark.parametrize(("order", "event"), ORDERS, ids=lambda each: type(each).__name__)
def test_an_order_says_on_the_wire_what_it_means(order: do.Command, event: dict[str, Any]) -> None:
    message = Encoder().encode(order)
    assert message is not None
    assert json.loads(message) == {**event, "event_id": f"s2s_1.{do.purpose(order)}"}


def test_every_event_has_a_name_of_its_own_that_ends_with_its_purpose() -> None:
    """An endpoint's complaint names the event it is about: that tells what was refused."""
    encoder = Encoder()
    orders: list[do.Command] = [
        do.CommitAudio(),
        do.SendAudio(b"\1\0"),
        do.CreateResponse(),
        do.DeleteItem("i"),
    ]
    events = [json.loads(encoder.encode(order) or "") for order in orders]
    names = [each["event_id"] for each in events]
    assert names == [
        f"s2s_1.{do.purpose(orders[0])}",
        "s2s_2",
        f"s2s_3.{do.purpose(orders[2])}",
        f"s2s_4.{do.purpose(orders[3])}",
    ]
    assert len({name.partition(".")[2] for name in names}) == 4


def test_sound_travels_as_base64() -> None:
    event = json.loads(Encoder().encode(do.SendAudio(b"\0\1\2\3")) or "")
    assert event == {
        "type": "input_audio_buffer.append",
        "event_id": "s2s_1",
        "audio": "AAECAw==",
    }


def test_what_is_for_nobody_on_the_wire_is_not_sent() -> None:
    assert Encoder().encode(do.ClearPlayout()) is None


def test_a_message_is_as_short_as_it_can_be_and_keeps_its_letters() -> None:
    message = Encoder().encode(do.CreateUserText("Grüße")) or ""
    assert "Grüße" in message
    assert '": ' not in message and ', "' not in message
