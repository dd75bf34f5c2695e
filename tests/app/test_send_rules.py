"""An exchange as a piece of work: what it leaves where it ends well, badly, or is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fakes import endpoint, read_wav, tone, write_wav

from s2s.app.options import SendOptions, TalkOptions
from s2s.app.send import Sink, Watch, send
from s2s.app.talk import talk
from s2s.audio.files.recording import Recording
from s2s.config import Sources
from s2s.errors import NetworkError, Stopped, UsageError
from s2s.session.loop import Observer

T = TypeVar("T")
SPOKEN = {"turns": [{"hear": "what is this", "say": "A tone."}]}
BROKEN = {**SPOKEN, "faults": [{"at": "response.done", "do": "close", "code": 1011}]}


def run(work: Coroutine[Any, Any, T], /, on_interrupt: Callable[[], None] | None = None) -> T:
    return asyncio.run(work)


def stopped(work: Coroutine[Any, Any, T], /, on_interrupt: Callable[[], None] | None = None) -> T:
    work.close()
    raise Stopped(15)


class Heard(Watch):
    """Remembers what it was told, and what the session did."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.orders: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    @contextmanager
    def exchange(self, recording: Recording | None, sink: Sink | None) -> Iterator[list[Observer]]:
        yield [lambda _, happening: self.orders.append(type(happening).__name__)]


def sources(url: str, **flags: str) -> Sources:
    return Sources({"WS_URL": url, "MODEL": "m", "S2S_API_KEY": "none", **flags})


@pytest.fixture
def asked(tmp_path: Path) -> SendOptions:
    question = write_wav(tmp_path / "question.wav", tone(600))
    output = str(tmp_path / "reply.wav")
    return SendOptions(Sources(), str(question), output=output, output_named=True)


def test_a_reply_that_came_whole_is_in_its_file(asked: SendOptions, tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        reply = send(replace(asked, settings=sources(url)), Heard(), run)
    assert reply.path == tmp_path / "reply.wav"
    assert len(read_wav(tmp_path / "reply.wav")) > 0
    assert (reply.text, reply.user_text, reply.audio) == ("A tone.", "what is this", b"")


def test_what_came_of_one_that_broke_off_is_kept_and_named(
    asked: SendOptions, tmp_path: Path
) -> None:
    with endpoint(BROKEN) as url, pytest.raises(NetworkError) as caught:
        send(replace(asked, settings=sources(url)), Heard(), run)
    came = caught.value.reply
    assert came and came.path and came.path.exists()
    assert caught.value.hint.endswith(f"What came is in {came.path}.")
    assert came.text == "A tone."
    assert not (tmp_path / "reply.wav").exists(), "it has not the name of a whole one"


def test_one_that_is_kept_in_memory_comes_with_the_error(asked: SendOptions) -> None:
    with endpoint(BROKEN) as url, pytest.raises(NetworkError) as caught:
        send(replace(asked, settings=sources(url), output=None), Heard(), run)
    came = caught.value.reply
    assert came and came.audio and came.path is None


def test_who_gives_up_before_anything_came_leaves_no_file(
    asked: SendOptions, tmp_path: Path
) -> None:
    with endpoint(SPOKEN) as url, pytest.raises(Stopped):
        send(replace(asked, settings=sources(url)), Heard(), stopped)
    assert [each.name for each in tmp_path.iterdir()] == ["question.wav"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ZeroDivisionError])
def test_nor_does_a_mistake(kind: type[BaseException], asked: SendOptions, tmp_path: Path) -> None:
    def breaks(work: Coroutine[Any, Any, Any], /, on_interrupt: Any = None) -> Any:
        work.close()
        raise kind

    with endpoint(SPOKEN) as url, pytest.raises(kind):
        send(replace(asked, settings=sources(url)), Heard(), breaks)
    assert [each.name for each in tmp_path.iterdir()] == ["question.wav"]


def test_for_a_text_no_words_are_asked_for(asked: SendOptions) -> None:
    orders: dict[bool, list[str]] = {}
    with endpoint({"turns": [{"say": "Yes."}] * 2}) as url:
        for written in (True, False):
            watch = Heard()
            options = replace(asked, settings=sources(url), output=None)
            if written:
                options = replace(options, recording=None, text="Are you there?")
            send(options, watch, run)
            orders[written] = watch.orders
    assert "ConfigureTranscription" not in orders[True]
    assert "ConfigureTranscription" in orders[False]


def test_a_model_with_an_announced_end_is_warned_of_if_the_user_chose_it(
    asked: SendOptions,
) -> None:
    from s2s.wire.models import SHUTDOWNS

    ending = next(iter(SHUTDOWNS))
    with endpoint(SPOKEN) as url:
        for flags, warned in (
            ({"S2S_TRANSCRIBE": ending}, True),
            ({}, False),
        ):
            watch = Heard()
            send(replace(asked, settings=sources(url, **flags), output=None), watch, run)
            assert any(ending in each for each in watch.warnings) == warned


@pytest.mark.parametrize("work", ["send", "talk"])
def test_a_written_reply_has_nothing_for_a_file_that_was_named(work: str, tmp_path: Path) -> None:
    given = sources("ws://127.0.0.1:9", S2S_TEXT_ONLY="1")
    output = str(tmp_path / "reply.wav")
    with pytest.raises(UsageError, match="no audio"):
        if work == "send":
            send(SendOptions(given, text="Hi", output=output, output_named=True), Heard(), run)
        else:
            talk(TalkOptions(given, recording="q.wav", out=output), Talking(), run)
    assert list(tmp_path.iterdir()) == []


class Talking:
    """Watches a conversation that does not come about."""

    def warn(self, message: str) -> None: ...

    def kept(self, path: Path) -> None: ...

    def conversation(self, *given: Any) -> Any:
        raise AssertionError("nothing was to be opened")
