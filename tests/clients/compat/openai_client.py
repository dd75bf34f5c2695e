"""One turn with `openai`.    usage: openai_client.py TURN URL SPEECH.pcm ANSWER"""

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
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


async def ask(connection: Any, text: str) -> None:
    part = {"type": "input_text", "text": text}
    item = {"type": "message", "role": "user", "content": [part]}
    await connection.conversation.item.create(item=item)
    await connection.response.create()


async def main(turn: str, url: str, speech: bytes, answer: str) -> None:
    words, audio, cut = "", b"", False
    client = AsyncOpenAI(base_url=f"http://{urlsplit(url).netloc}/v1", api_key="none")
    async with client.realtime.connect(model="local") as connection:
        transcription = {"audio": {"input": {"transcription": {"model": "gpt-transcribe"}}}}
        await connection.session.update(
            session={"type": "realtime", "tools": [WEATHER], **transcription}
        )
        if turn == "spoken":
            for start in range(0, len(speech), CHUNK):
                piece = base64.b64encode(speech[start : start + CHUNK]).decode()
                await connection.input_audio_buffer.append(audio=piece)
        else:
            await ask(connection, {"call": "the weather?", "interruption": "a story"}.get(
                turn, "what is this"))  # fmt: skip
        async for event in connection:
            if event.type == "response.output_audio.delta":
                audio += base64.b64decode(event.delta)
                if turn == "interruption" and not cut and len(audio) > 24_000:
                    cut = True
                    await connection.conversation.item.truncate(
                        item_id=event.item_id, content_index=event.content_index, audio_end_ms=300
                    )
                    await connection.response.cancel()
            elif event.type == "response.output_audio_transcript.delta":
                words += event.delta
            elif event.type == "response.function_call_arguments.done":
                output = {"type": "function_call_output", "call_id": event.call_id}
                await connection.conversation.item.create(item={**output, "output": "sunny"})
            elif event.type == "error":
                sys.exit(event.error.message)
            elif event.type == "response.done":
                if event.response.status == "cancelled":
                    await ask(connection, "enough")
                elif words.endswith(answer):
                    break
                else:
                    await connection.response.create()
    print(json.dumps({"words": words, "audio_ms": len(audio) // 48}))


_, turn, url, recording, answer = sys.argv
asyncio.run(asyncio.wait_for(main(turn, url, Path(recording).read_bytes(), answer), 60))
