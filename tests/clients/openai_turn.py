"""One spoken turn with the unmodified `openai` client: speech in, until the server finds its end.

usage: openai_turn.py URL SPEECH.pcm    prints what came as one JSON object
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openai import AsyncOpenAI

CHUNK = 4800  # bytes, 100 ms


async def main(url: str, speech: bytes) -> None:
    base_url = f"http://{urlsplit(url).netloc}/v1"
    came: dict[str, Any] = {"events": [], "audio_bytes": 0, "transcript": "", "status": ""}
    client = AsyncOpenAI(base_url=base_url, api_key="none")
    async with client.realtime.connect(model="local") as connection:
        await connection.session.update(
            session={
                "type": "realtime",
                "audio": {
                    "input": {
                        "transcription": {"model": "gpt-transcribe"},
                        "turn_detection": {"type": "server_vad", "silence_duration_ms": 400},
                    }
                },
            }
        )
        for start in range(0, len(speech), CHUNK):
            audio = base64.b64encode(speech[start : start + CHUNK]).decode()
            await connection.input_audio_buffer.append(audio=audio)
        async for event in connection:
            came["events"].append(event.type)
            if event.type == "response.output_audio.delta":
                came["audio_bytes"] += len(base64.b64decode(event.delta))
            elif event.type == "conversation.item.input_audio_transcription.completed":
                came["transcript"] = event.transcript
            elif event.type == "error":
                sys.exit(event.error.message)
            elif event.type == "response.done":
                came["status"] = event.response.status
                break
    print(json.dumps(came))


asyncio.run(asyncio.wait_for(main(sys.argv[1], Path(sys.argv[2]).read_bytes()), 30))
