"""The unmodified `openai-agents` client interrupts a long reply and then gets a second one.

usage: agents_interrupted_turn.py URL SPEECH.pcm    prints what came as one JSON object

What has been heard is told by a playback tracker, as a program with a real sound card does it: by
default the client takes the time since the first audio for what was heard.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from agents.realtime import RealtimeAgent, RealtimePlaybackTracker, RealtimeRunner

CHUNK = 4800  # bytes, 100 ms
HEARD_MS = 400  # of the first reply, when the user begins to speak
RECEIVED = 4  # deltas of the first reply by then


async def main(url: str, speech: bytes) -> None:
    came: dict[str, Any] = {"events": [], "errors": [], "raw": [], "replies": 0}
    played = RealtimePlaybackTracker()
    runner = RealtimeRunner(RealtimeAgent(name="Tester", instructions="Answer at length."))
    target = {"url": f"{url}?model=local", "api_key": "none", "playback_tracker": played}
    async with await runner.run(model_config=target) as session:

        async def speak() -> None:
            for start in range(0, len(speech), CHUNK):
                await session.send_audio(speech[start : start + CHUNK])

        await speak()
        async for event in session:
            came["events"].append(event.type)
            if event.type == "audio" and came["events"].count("audio") == RECEIVED:
                played.on_play_ms(event.item_id, event.content_index, HEARD_MS)
                await speak()
            elif event.type == "error":
                came["errors"].append(str(event.error))
            elif event.type == "raw_model_event":
                if event.data.type == "raw_server_event":
                    came["raw"].append(event.data.data["type"])
                elif event.data.type == "exception":
                    came["errors"].append(f"{event.data.context}: {event.data.exception}")
                elif event.data.type == "turn_ended":
                    came["replies"] += 1
                if came["replies"] == 2 and "conversation.item.truncated" in came["raw"]:
                    break
    print(json.dumps(came))


asyncio.run(asyncio.wait_for(main(sys.argv[1], Path(sys.argv[2]).read_bytes()), 30))
