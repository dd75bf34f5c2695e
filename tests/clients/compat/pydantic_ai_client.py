"""One turn with `pydantic-ai`.    usage: pydantic_ai_client.py TURN URL SPEECH.pcm ANSWER"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from pydantic_ai import Agent
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.realtime.openai import OpenAIRealtimeModel

CHUNK = 4800  # bytes, 100 ms
ASKED = {"typed": "what is this", "call": "the weather?", "interruption": "a story"}

agent = Agent(instructions="Answer briefly.")


@agent.tool_plain
def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return "sunny"


async def main(turn: str, url: str, speech: bytes, answer: str) -> None:
    heard = {"words": "", "audio_ms": 0}
    provider = OpenAIProvider(base_url=f"http://{urlsplit(url).netloc}/v1", api_key="none")
    model = OpenAIRealtimeModel("local", provider=provider)
    async with agent.realtime(model).session() as session:
        audio = session.stream_audio()
        transcripts = session.stream_transcripts(delta=True)

        async def listen() -> None:
            cut = False
            async for chunk in audio:
                heard["audio_ms"] += len(chunk) // 48
                if turn == "interruption" and not cut and heard["audio_ms"] > 500:
                    cut = True
                    await session.interrupt(played_ms=300)
                    await session.send("enough")

        async def read() -> None:
            async for update in transcripts:
                if update.speaker == "assistant":
                    heard["words"] = update.transcript
                    if update.transcript.endswith(answer):
                        return

        async def watch() -> None:
            async for event in session:
                if "Error" in type(event).__name__:
                    sys.exit(str(event))

        listening, watching = asyncio.create_task(listen()), asyncio.create_task(watch())
        if turn == "spoken":
            for start in range(0, len(speech), CHUNK):
                await session.send_audio(speech[start : start + CHUNK])
        else:
            await session.send(ASKED[turn])
        await read()
        await session.wait_for_reply()
        await asyncio.sleep(0.5)  # what is in the queue of the audio
        for task in (listening, watching):
            if task.done():
                task.result()
            task.cancel()
    print(json.dumps(heard))


_, turn, url, recording, answer = sys.argv
asyncio.run(asyncio.wait_for(main(turn, url, Path(recording).read_bytes(), answer), 60))
