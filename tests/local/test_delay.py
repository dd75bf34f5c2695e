"""An endpoint that is far away: everything arrives later, nothing in another order."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

from fakes import service, tone
from virtual_time import VirtualTimeLoop, run_in_virtual_time
from websockets.asyncio.client import connect

from s2s.local.delay import MAX_SIZE, Delay
from s2s.local.server import listening

DELAY_S = 0.1


def test_every_message_takes_its_time_in_both_directions_and_keeps_its_place() -> None:
    async def talk(loop: VirtualTimeLoop) -> list[tuple[float, str]]:
        came: list[tuple[float, str]] = []
        async with (
            listening(replace(service(), delay_s=DELAY_S)) as url,
            connect(url, compression=None) as socket,
        ):
            begins = loop.time()
            audio = base64.b64encode(bytes(9600)).decode()
            for each in (
                {"type": "session.update", "session": {"type": "realtime"}},
                {"type": "input_audio_buffer.append", "audio": audio},
                {"type": "input_audio_buffer.commit"},
            ):
                await socket.send(json.dumps(each))
            while not came or came[-1][1] != "conversation.item.done":
                event: dict[str, Any] = json.loads(await socket.recv())
                came.append((round(loop.time() - begins, 6), event["type"]))
        return came

    assert run_in_virtual_time(talk) == [
        (0.1, "session.created"),
        (0.2, "session.updated"),
        (0.2, "input_audio_buffer.committed"),
        (0.2, "conversation.item.added"),
        (0.2, "conversation.item.done"),
    ]


def test_what_is_under_way_is_bounded() -> None:
    async def fill(loop: VirtualTimeLoop) -> bool:
        way: Delay[int] = Delay(DELAY_S)
        await way.put(1, MAX_SIZE + 1)
        second = asyncio.create_task(way.put(2, 1))
        await asyncio.sleep(DELAY_S / 2)
        waited = not second.done()
        return waited and [await way.get(), await way.get()] == [1, 2]

    assert run_in_virtual_time(fill)


def test_whether_it_answers_by_itself_changes_nothing_about_a_turn_that_is_being_heard() -> None:
    """The detector goes on where it was, and the turn is one turn."""

    async def talk(loop: VirtualTimeLoop) -> list[str]:
        came: list[str] = []
        async with listening(service()) as url, connect(url, compression=None) as socket:

            async def send(kind: str, **more: Any) -> None:
                await socket.send(json.dumps({"type": kind, **more}))

            async def append(audio: bytes) -> None:
                coded = base64.b64encode(audio).decode()
                await send("input_audio_buffer.append", audio=coded)

            detection = {
                "type": "server_vad",
                "create_response": False,
                "interrupt_response": False,
            }
            update = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
            await append(tone(400))
            await send("session.update", session=update)
            await append(tone(400) + bytes(2 * 24 * 700))
            await send("session.update", session={"type": "realtime"})
            while came.count("session.updated") < 2:
                event = json.loads(await socket.recv())
                came.append(event["type"])
                if event["type"].endswith("speech_stopped"):
                    came.append(str(event["audio_end_ms"]))
        return came

    assert run_in_virtual_time(talk) == [
        "session.created",
        "input_audio_buffer.speech_started",
        "session.updated",
        "input_audio_buffer.speech_stopped",
        "1300",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "session.updated",
    ]
