"""Asks a model a recorded question; returns the words and the audio of its answer."""

import base64
import sys
import wave

import openai
from openai import AsyncOpenAI
from websockets.exceptions import WebSocketException

CHUNK = 48_000  # bytes, one second


class NoAnswer(Exception):
    """There is no answer, or only a part of one."""


async def ask(client: AsyncOpenAI, question: bytes) -> tuple[str, bytes]:
    """Audio is 24 kHz mono 16-bit PCM, both ways. Raises `NoAnswer`."""
    words, audio = "", b""
    try:
        async with client.realtime.connect(model="gpt-realtime") as connection:
            await connection.session.update(
                session={"type": "realtime", "audio": {"input": {"turn_detection": None}}}
            )
            for start in range(0, len(question), CHUNK):
                piece = base64.b64encode(question[start : start + CHUNK]).decode()
                await connection.input_audio_buffer.append(audio=piece)
            await connection.input_audio_buffer.commit()
            await connection.response.create()
            async for event in connection:
                if event.type == "response.output_audio.delta":
                    audio += base64.b64decode(event.delta)
                elif event.type == "response.output_audio_transcript.delta":
                    words += event.delta
                elif event.type == "error":
                    raise NoAnswer(event.error.message)
                elif event.type == "response.done":
                    if event.response.status == "completed":
                        return words, audio
                    raise NoAnswer(f"the response is {event.response.status}")
    except (WebSocketException, openai.OpenAIError, OSError) as exc:
        raise NoAnswer(str(exc)) from exc
    raise NoAnswer("the connection was closed")


if __name__ == "__main__":
    import asyncio

    with wave.open(sys.argv[1], "rb") as recording:
        question = recording.readframes(recording.getnframes())
    print(asyncio.run(ask(AsyncOpenAI(), question))[0])
