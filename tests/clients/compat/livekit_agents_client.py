"""One turn with the realtime model of `livekit-agents`' plugin for OpenAI, without a room.

usage: livekit_agents_client.py TURN URL SPEECH.pcm ANSWER
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from livekit import rtc
from livekit.agents import function_tool, llm
from livekit.plugins import openai

CHUNK = 4800  # bytes, 100 ms
ASKED = {"typed": "what is this", "call": "the weather?", "interruption": "a story"}


@function_tool
async def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return "sunny"


async def main(turn: str, url: str, speech: bytes, answer: str) -> None:
    words, audio_ms, cut = "", 0.0, False
    generations: asyncio.Queue[llm.GenerationCreatedEvent] = asyncio.Queue()
    async with aiohttp.ClientSession() as http:
        model = openai.realtime.RealtimeModel(
            base_url=f"http://{urlsplit(url).netloc}/v1", api_key="none", http_session=http
        )
        session = model.session()
        session.on("generation_created", generations.put_nowait)
        session.on("error", lambda error: sys.exit(str(error)))
        await session.update_instructions("Answer briefly.")
        await session.update_tools([get_weather])

        async def ask(text: str) -> None:
            context = session.chat_ctx.copy()
            context.add_message(role="user", content=text)
            await session.update_chat_ctx(context)
            session.generate_reply()

        if turn == "spoken":
            for start in range(0, len(speech), CHUNK):
                piece = speech[start : start + CHUNK]
                session.push_audio(rtc.AudioFrame(piece, 24_000, 1, len(piece) // 2))
        else:
            await ask(ASKED[turn])
        while not words.endswith(answer):
            generation = await generations.get()
            async for message in generation.message_stream:

                async def read(texts=message.text_stream) -> str:
                    return "".join([text async for text in texts])

                reading, cut_now = asyncio.create_task(read()), False
                async for frame in message.audio_stream:
                    audio_ms += frame.duration * 1000
                    if turn == "interruption" and not cut and audio_ms > 500:
                        cut = cut_now = True
                        session.interrupt()
                        session.truncate(
                            message_id=message.message_id, modalities=["audio"], audio_end_ms=300
                        )
                words += await reading
                if cut_now:
                    await ask("enough")
            async for call in generation.function_stream:
                context = session.chat_ctx.copy()
                context.items.append(
                    llm.FunctionCallOutput(
                        call_id=call.call_id, name=call.name, output="sunny", is_error=False
                    )
                )
                await session.update_chat_ctx(context)
                session.generate_reply()
        await session.aclose()
        await model.aclose()
    print(json.dumps({"words": words, "audio_ms": audio_ms}))


_, turn, url, recording, answer = sys.argv
asyncio.run(asyncio.wait_for(main(turn, url, Path(recording).read_bytes(), answer), 60))
