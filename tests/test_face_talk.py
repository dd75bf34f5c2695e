"""`s2s.aio.talk`: a conversation in the block of somebody's program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fakes import endpoint, tone

import s2s
from s2s import conversing, pcm

QUESTION = tone(600)
TURNS = {"turns": [{"hear": "what is this", "say": "A tone."}, {"say": "Another."}]}
PATIENCE_S = 30


async def spoken() -> AsyncIterator[bytes]:
    """Say something, in pieces of no particular size."""
    for at in range(0, len(QUESTION), 1234):
        yield QUESTION[at : at + 1234]


async def silent() -> AsyncIterator[bytes]:
    while True:
        await asyncio.sleep(0.02)
        yield pcm.silence(20)


class Ear:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.heard = bytearray()

    async def write(self, pcm: bytes) -> None:
        self.heard += pcm


def held(story: Callable[[str], Awaitable[None]], script: object = TURNS) -> None:
    """Run a story beside an endpoint; nothing of it is left afterwards."""
    with endpoint(script) as url:
        before = set(threading.enumerate())
        asyncio.run(asyncio.wait_for(story(url), PATIENCE_S))
        for each in set(threading.enumerate()) - before:
            if not each.name.startswith("engine"):  # the endpoint's
                each.join(PATIENCE_S)
            assert not each.is_alive() or each.name.startswith("engine"), each


def test_a_source_of_sound_is_answered_into_a_sink() -> None:
    async def story(url: str) -> None:
        ear = Ear()
        async with s2s.aio.talk(microphone=spoken(), speaker=ear, url=url) as conversation:
            told = [event async for event in conversation]
        assert s2s.events.UserSaid("what is this") in told
        assert s2s.events.AssistantSaid("A tone.", "completed") in told
        assert told[-1] == s2s.events.Ended("")
        assert pcm.level(bytes(ear.heard)) > 0.01
        assert conversation.outcome.turns == (("user", "what is this"), ("assistant", "A tone."))
        assert conversation.outcome.usage.total_tokens > 0
        assert conversation.outcome.cost is None  # what it runs has no price
        assert conversation.dropped == 0

    held(story)


def test_a_text_is_said_and_its_answer_interrupted() -> None:
    async def story(url: str) -> None:
        async with s2s.aio.talk(microphone=silent(), speaker=Ear(), url=url) as conversation:
            await conversation.say("Tell me.")
            async for event in conversation:
                if isinstance(event, s2s.events.AssistantStartedSpeaking):
                    await conversation.interrupt()
                if isinstance(event, s2s.events.Interrupted):
                    break
            await conversation.end()
            with pytest.raises(RuntimeError, match="ended"):
                await conversation.say("Too late.")

    held(story, {"turns": [{"tone": "440/5s"}]})


def test_leaving_the_block_early_closes_source_and_connection() -> None:
    closed = asyncio.Event()

    async def source() -> AsyncIterator[bytes]:
        try:
            async for piece in silent():
                yield piece
        finally:
            closed.set()

    async def story(url: str) -> None:
        async with s2s.aio.talk(microphone=source(), speaker=Ear(), url=url) as conversation:
            async for event in conversation:
                if isinstance(event, s2s.events.Connected):
                    break
        assert closed.is_set()

    held(story)


def test_a_task_that_is_cancelled_leaves_nothing_behind() -> None:
    async def story(url: str) -> None:
        connected = asyncio.Event()

        async def talk() -> None:
            async with s2s.aio.talk(microphone=silent(), speaker=Ear(), url=url) as conversation:
                async for _ in conversation:
                    connected.set()

        task = asyncio.create_task(talk())
        await connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    held(story)


def test_what_it_ends_with_is_raised_once_where_it_is_read() -> None:
    async def story(url: str) -> None:
        async with s2s.aio.talk(microphone=silent(), speaker=Ear(), url=url) as conversation:
            with pytest.raises(s2s.S2SError):
                async for _ in conversation:
                    pass
        assert isinstance(conversation.outcome.error, s2s.S2SError)

    held(story, {"faults": [{"at": "connect", "http": 401}]})


def test_or_else_where_the_block_ends() -> None:
    async def story(url: str) -> None:
        with pytest.raises(s2s.RefusedError):
            async with s2s.aio.talk(microphone=silent(), speaker=Ear(), url=url) as conversation:
                while conversation.outcome.error is None:
                    await asyncio.sleep(0.01)

    held(story, {"faults": [{"at": "connect", "http": 401}]})


def test_a_microphone_that_fails_says_with_what() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield pcm.silence(20)
        raise OSError("unplugged")

    async def story(url: str) -> None:
        with pytest.raises(s2s.SoundError, match="unplugged"):
            async with s2s.aio.talk(microphone=broken(), speaker=Ear(), url=url) as conversation:
                async for _ in conversation:
                    pass

    held(story)


def test_a_speaker_that_fails_says_with_what() -> None:
    class Broken:
        async def write(self, pcm: bytes) -> None:
            raise OSError("pulled out")

    async def story(url: str) -> None:
        with pytest.raises(s2s.SoundError, match="pulled out"):
            async with s2s.aio.talk(microphone=silent(), speaker=Broken(), url=url) as conversation:
                async for _ in conversation:
                    pass

    held(story)


def test_a_reader_that_is_slow_misses_the_oldest_events(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversing, "MOST_WAITING", 2)

    async def story(url: str) -> None:
        async with s2s.aio.talk(microphone=silent(), text_only=True, url=url) as conversation:
            await conversation.say("Tell me.")
            while not any(who == "assistant" for who, _ in conversation.outcome.turns):
                await asyncio.sleep(0.01)
            assert conversation.dropped > 0
            assert ("assistant", "A tone.") in conversation.outcome.turns  # it is all there
            seen = [event async for event in _until_said(conversation)]
            assert len(seen) <= 2
            assert not any(isinstance(each, s2s.events.Connected) for each in seen)

    held(story, {"turns": [{"say": "A tone."}]})


async def _until_said(conversation: s2s.aio.Conversation) -> AsyncIterator[s2s.events.Event]:
    async for event in conversation:
        yield event
        if isinstance(event, s2s.events.AssistantSaid):
            return


def test_a_speaker_must_be_able_to_take_sound() -> None:
    async def story(url: str) -> None:
        with pytest.raises(TypeError, match="write"):
            async with s2s.aio.talk(microphone=silent(), speaker=5, url=url):  # type: ignore[arg-type]
                pass
        with pytest.raises(TypeError, match="microphone"):
            async with s2s.aio.talk(microphone=5, speaker=Ear(), url=url):  # type: ignore[arg-type]
                pass

    held(story)


def test_what_speech_does_to_a_reply_is_one_of_three_things() -> None:
    async def talk() -> None:
        with pytest.raises(ValueError, match="'confirm', 'instant' or 'never'"):
            async with s2s.aio.talk(barge_in="maybe", offline=True):  # type: ignore[arg-type]
                pass

    asyncio.run(talk())
