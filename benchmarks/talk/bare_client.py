"""The least that a client could be: microphone -> base64 -> WebSocket, and nothing else.

The yardstick for what `s2s talk` costs while it listens: PyAudio, asyncio and websockets as it uses
them, no rules, no speaker, no screen. Runs until it is ended.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import sys
from collections.abc import Mapping

import pyaudio
from websockets.asyncio.client import connect


async def main(url: str) -> None:
    sys.setswitchinterval(0.001)
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    def take(
        captured: bytes | None, frames: int, times: Mapping[str, float], status: int
    ) -> tuple[None, int]:
        loop.call_soon_threadsafe(chunks.put_nowait, captured)
        return None, pyaudio.paContinue

    async with connect(url, compression=None) as socket:
        await socket.send(json.dumps({"type": "session.update", "session": {}}))
        pyaudio.PyAudio().open(
            24_000, 1, pyaudio.paInt16, input=True, frames_per_buffer=480, stream_callback=take
        )
        for number in itertools.count(1):
            audio = base64.b64encode(await chunks.get() or b"").decode("ascii")
            await socket.send(
                f'{{"type":"input_audio_buffer.append","event_id":"{number}","audio":"{audio}"}}'
            )


asyncio.run(main(sys.argv[1]))
