"""One turn with `pipecat`'s service for the Realtime API, in a pipeline without a transport.

usage: pipecat_client.py TURN URL SPEECH.pcm ANSWER
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    LLMFullResponseEndFrame,
    LLMRunFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.realtime.events import (
    AudioConfiguration,
    AudioInput,
    InputAudioTranscription,
    SessionProperties,
)
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

CHUNK = 4800  # bytes, 100 ms
ASKED = {"typed": "what is this", "call": "the weather?", "interruption": "a story"}
logger.remove()
logger.add(sys.stderr, level="WARNING")


class Listener(FrameProcessor):
    """Stands where the loudspeaker would."""

    def __init__(self, turn: str, speech: bytes, answer: str) -> None:
        super().__init__()
        self.words, self.audio_ms, self.problem, self.cut = "", 0.0, "", False
        self.turn, self.speech, self.answer = turn, speech, answer
        self.worker: Any = None

    async def process_frame(self, frame: Any, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.audio_ms += len(frame.audio) / 48
            if self.turn == "interruption" and not self.cut and self.audio_ms > 500:
                self.cut = True
                self.speaking = asyncio.create_task(speak(self.worker, self.speech, 0.1))
        elif isinstance(frame, TTSTextFrame):
            self.words += frame.text
        elif isinstance(frame, ErrorFrame):
            self.problem = str(frame)
        await self.push_frame(frame, direction)
        heard = self.words.strip().endswith(self.answer) and self.audio_ms > 300
        if self.problem or (heard and isinstance(frame, LLMFullResponseEndFrame)):
            await self.worker.queue_frame(EndFrame())


async def speak(worker: Any, speech: bytes, every_s: float = 0.0) -> None:
    """As a microphone does it, or at once."""
    for start in range(0, len(speech), CHUNK):
        await asyncio.sleep(every_s)
        await worker.queue_frame(InputAudioRawFrame(speech[start : start + CHUNK], 24_000, 1))


async def main(turn: str, url: str, speech: bytes, answer: str) -> None:
    weather = FunctionSchema("get_weather", "Tells the weather.", {"city": {"type": "string"}}, [])
    properties = SessionProperties(
        audio=AudioConfiguration(input=AudioInput(transcription=InputAudioTranscription()))
    )
    llm = OpenAIRealtimeLLMService(
        api_key="none",
        base_url=url,
        settings=OpenAIRealtimeLLMService.Settings(session_properties=properties),
    )

    async def get_weather(params: Any) -> None:
        await params.result_callback("sunny")

    llm.register_function("get_weather", get_weather)
    messages = [{"role": "user", "content": ASKED[turn]}] if turn in ASKED else []
    context = LLMContext(messages, ToolsSchema(standard_tools=[weather]))
    pair = LLMContextAggregatorPair(context)
    listener = Listener(turn, speech, answer)
    pipeline = Pipeline([pair.user(), llm, listener, pair.assistant()])
    parameters = PipelineParams(audio_in_sample_rate=24_000, audio_out_sample_rate=24_000)
    worker = listener.worker = PipelineWorker(pipeline, params=parameters)
    if turn == "spoken":
        await speak(worker, speech)
    else:
        await worker.queue_frame(LLMRunFrame())
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()
    if listener.problem:
        sys.exit(listener.problem)
    print(json.dumps({"words": listener.words.strip(), "audio_ms": listener.audio_ms}))


_, turn, url, recording, answer = sys.argv
asyncio.run(asyncio.wait_for(main(turn, url, Path(recording).read_bytes(), answer), 60))
