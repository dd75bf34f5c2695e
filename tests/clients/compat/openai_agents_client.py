"""One turn with `openai-agents`.    usage: openai_agents_client.py TURN URL SPEECH.pcm ANSWER"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimePlaybackTracker, RealtimeRunner

CHUNK = 4800  # bytes, 100 ms
ASKED = {"typed": "what is this", "call": "the weather?", "interruption": "a story"}


@function_tool
def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return "sunny"


async def main(turn: str, url: str, speech: bytes, answer: str) -> None:
    words, audio, cut = "", b"", False
    played = RealtimePlaybackTracker()
    agent = RealtimeAgent(name="Tester", instructions="Answer briefly.", tools=[get_weather])
    target = {"url": f"{url}?model=local", "api_key": "none", "playback_tracker": played}
    # Else interrupt() leaves the cancelling to the server, which would do it only for speech.
    by_itself = {"turn_detection": {"type": "semantic_vad", "interrupt_response": False}}
    runner = RealtimeRunner(agent, config={"model_settings": {"audio": {"input": by_itself}}})
    async with await runner.run(model_config=target) as session:
        if turn == "spoken":
            for start in range(0, len(speech), CHUNK):
                await session.send_audio(speech[start : start + CHUNK])
        else:
            await session.send_message(ASKED[turn])
        async for event in session:
            if event.type == "audio":
                audio += event.audio.data
                if turn == "interruption" and not cut and len(audio) > 24_000:
                    cut = True
                    played.on_play_ms(event.item_id, event.content_index, 300)
                    await session.interrupt()
                    await session.send_message("enough")
            elif event.type == "error":
                sys.exit(str(event.error))
            elif event.type == "raw_model_event":
                data = event.data
                if data.type == "exception":
                    sys.exit(f"{data.context}: {data.exception}")
                if data.type == "transcript_delta":
                    words += data.delta
                elif data.type == "turn_ended" and words.endswith(answer):
                    break
    print(json.dumps({"words": words, "audio_ms": len(audio) // 48}))


_, turn, url, recording, answer = sys.argv
asyncio.run(asyncio.wait_for(main(turn, url, Path(recording).read_bytes(), answer), 60))
