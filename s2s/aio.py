"""What programs await: `s2s.aio.send`, and `s2s.aio.talk`, a live conversation."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from typing import TYPE_CHECKING, Literal

from s2s.app.batch.options import JOBS, RETRIES
from s2s.app.batch.outcome import FileOutcome
from s2s.app.options import TalkOptions
from s2s.app.outcome import Reply
from s2s.app.own_thread import LEAVE_S, OwnThread
from s2s.app.streams import AsyncSink
from s2s.arguments import Given, in_words_of_python, settings_of, text_of
from s2s.config import Settings, Sources
from s2s.conversing import Conversation, TalkOutcome
from s2s.face import sending
from s2s.many import Handover, work_of

if TYPE_CHECKING:
    from s2s.arguments import Sound
    from s2s.many import Path

__all__ = ["AsyncSink", "Conversation", "TalkOutcome", "send", "send_many", "talk"]


async def send(
    recording: Sound | None = None,
    *,
    text: str | None = None,
    api_key: str | None = None,
    url: str | None = None,
    model: str | None = None,
    voice: str | None = None,
    instructions: str | None = None,
    text_only: bool = False,
    transcribe: str | None = None,
    language: str | None = None,
    timeout: float | None = None,
    offline: bool = False,
    allow_plain_ws: bool = False,
    settings: Settings | None = None,
) -> Reply:
    """Send a recording, or a text, to the model, and return its reply: `s2s.send`, awaited.

    A file that is handed in open is read on another thread. Cancelling the task closes the
    connection. Raises as `s2s.send` does.
    """
    given = Given(
        api_key=api_key,
        url=url,
        model=model,
        voice=voice,
        instructions=instructions,
        transcribe=transcribe,
        language=language,
        timeout=timeout,
        offline=offline,
        allow_plain_ws=allow_plain_ws,
        settings=settings,
    )
    work = sending(recording, text, given, text_only=text_only)
    with in_words_of_python():
        return await OwnThread(work).result()


async def send_many(
    recordings: Path | Iterable[Path],
    *,
    output: Path | None = None,
    jobs: int = JOBS,
    retries: int = RETRIES,
    one_conversation: bool = False,
    realtime: bool = False,
    expect: str | re.Pattern[str] | None = None,
    max_first_audio_ms: float | None = None,
    max_cost: float | None = None,
    redo: bool = False,
    skip_existing: bool = False,
    overwrite: bool = False,
    text_only: bool = False,
    api_key: str | None = None,
    url: str | None = None,
    model: str | None = None,
    voice: str | None = None,
    instructions: str | None = None,
    transcribe: str | None = None,
    language: str | None = None,
    timeout: float | None = None,
    offline: bool = False,
    allow_plain_ws: bool = False,
    settings: Settings | None = None,
) -> AsyncGenerator[FileOutcome, None]:
    """Send many recordings, and give what becomes of each: `s2s.send_many`, awaited.

    Cancelling the task, or closing the iterator (`contextlib.aclosing`), sends nothing more; what
    is done is kept. Raises as `s2s.send_many` does.
    """
    given = Given(
        api_key=api_key,
        url=url,
        model=model,
        voice=voice,
        instructions=instructions,
        transcribe=transcribe,
        language=language,
        timeout=timeout,
        offline=offline,
        allow_plain_ws=allow_plain_ws,
        settings=settings,
    )
    work = work_of(
        recordings,
        given,
        output=output,
        jobs=jobs,
        retries=retries,
        one_conversation=one_conversation,
        realtime=realtime,
        expect=expect,
        max_first_audio_ms=max_first_audio_ms,
        max_cost=max_cost,
        redo=redo,
        skip_existing=skip_existing,
        overwrite=overwrite,
        text_only=text_only,
    )
    loop, came = asyncio.get_running_loop(), asyncio.Queue[FileOutcome | None]()

    def deliver(outcome: FileOutcome | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(came.put_nowait, outcome)

    handover = Handover(deliver)
    thread = OwnThread(lambda run: work(run, handover))
    thread.done.add_done_callback(lambda _: deliver(None))
    try:
        while (outcome := await came.get()) is not None:
            handover.taken()
            yield outcome
        with in_words_of_python():
            summary = await thread.result()
            if summary.stopped:
                raise summary.stopped
    finally:
        thread.cancel()
        await thread.ended(LEAVE_S)


@contextlib.asynccontextmanager
async def talk(
    *,
    microphone: str | AsyncIterable[bytes] | None = None,
    speaker: str | AsyncSink | None = None,
    turns: Literal["server", "semantic"] = "server",
    greet: bool = False,
    half_duplex: bool = False,
    barge_in: Literal["confirm", "instant", "never"] | None = None,
    api_key: str | None = None,
    url: str | None = None,
    model: str | None = None,
    voice: str | None = None,
    instructions: str | None = None,
    text_only: bool = False,
    transcribe: str | None = None,
    language: str | None = None,
    timeout: float | None = None,
    offline: bool = False,
    allow_plain_ws: bool = False,
    settings: Settings | None = None,
) -> AsyncIterator[Conversation]:
    """Hold a live conversation while the block lasts; it runs on whether anybody iterates or not.

    `microphone` and `speaker` are the name of a device, None for the system's, or a program's
    own: an async iterable of PCM, and an object with `async def write(pcm)`. PCM is 24 kHz, mono,
    signed 16-bit little-endian. Where a source ends, the conversation ends after its answer.

    Leaving the block closes everything. Raises the `S2SError` that the conversation ended with,
    where its events are iterated, or else at the end of the block.
    """
    if turns not in ("server", "semantic"):
        raise ValueError("turns must be 'server' or 'semantic'")
    if barge_in not in (None, "confirm", "instant", "never"):
        raise ValueError("barge_in must be 'confirm', 'instant' or 'never'")
    given = Given(
        api_key=api_key,
        url=url,
        model=model,
        voice=voice,
        instructions=instructions,
        transcribe=transcribe,
        language=language,
        timeout=timeout,
        offline=offline,
        allow_plain_ws=allow_plain_ws,
        settings=settings,
    )
    source = microphone if isinstance(microphone, AsyncIterable) else None
    sink = None if speaker is None or isinstance(speaker, str) else speaker
    if sink is not None and not hasattr(sink, "write"):
        raise TypeError(f"a speaker has an async write(pcm); {type(sink).__name__} has none")
    named = {
        "microphone": text_of("microphone", None if source is not None else microphone),
        "speaker": text_of("speaker", None if sink is not None else speaker),
    }
    flags = {"S2S_MIC": named["microphone"], "S2S_SPEAKER": named["speaker"]}
    options = TalkOptions(
        settings=settings_of(given),
        devices=Sources(flags, {"S2S_MIC": "microphone", "S2S_SPEAKER": "speaker"}),
        turns=turns,
        greet=greet,
        half_duplex=half_duplex,
        barge_in=barge_in,
        offline=offline,
        allow_plain=allow_plain_ws,
        text_only=text_only,
    )
    conversation = Conversation(options, source, sink)
    try:
        with in_words_of_python():
            await conversation.begun()
            yield conversation
            conversation.raise_error()
    finally:
        await conversation.close()
