"""One spoken turn with the unmodified `openai-agents` client, which checks every event strictly.

usage: agents_turn.py URL SPEECH.pcm    prints what came as one JSON object
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from agents.realtime import RealtimeAgent, RealtimeRunner

CHUNK = 4800  # bytes, 100 ms


async def main(url: str, speech: bytes) -> None:
    came: dict[str, Any] = {"events": [], "audio_bytes": 0, "errors": []}
    runner = RealtimeRunner(RealtimeAgent(name="Tester", instructions="Answer briefly."))
    target = {"url": f"{url}?model=local", "api_key": "none"}
    async with await runner.run(model_config=target) as session:
        for start in range(0, len(speech), CHUNK):
            await session.send_audio(speech[start : start + CHUNK])
        async for event in session:
            came["events"].append(event.type)
            if event.type == "audio":
                came["audio_bytes"] += len(event.audio.data)
            elif event.type == "error":
                came["errors"].append(str(event.error))
            elif event.type == "audio_end":
                break
    print(json.dumps(came))


asyncio.run(asyncio.wait_for(main(sys.argv[1], Path(sys.argv[2]).read_bytes()), 30))
