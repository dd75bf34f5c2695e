"""`s2s.send`, awaited and not, as a program calls it."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import endpoint, read_wav, tone, write_wav

import s2s

QUESTION = tone(600)
SPOKEN = {"turns": [{"hear": "what is this", "say": "A tone."}]}


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    with endpoint() as url:
        yield url


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", QUESTION)


def test_a_reply_has_words_sound_and_cost(question: Path, tmp_path: Path) -> None:
    with endpoint(SPOKEN) as url:
        reply = s2s.send(question, url=url)
    assert (reply.user_text, reply.text) == ("what is this", "A tone.")
    assert reply.usage.total_tokens > 0
    assert reply.cost is None  # the endpoint runs what has no price
    assert reply.samples.tobytes() == reply.audio
    assert reply.save(tmp_path / "answer.wav") == tmp_path / "answer.wav"
    assert read_wav(tmp_path / "answer.wav") == reply.audio


def test_what_is_there_is_not_overwritten_unless_that_is_said(echo: str, tmp_path: Path) -> None:
    reply = s2s.send((np.frombuffer(QUESTION, "<i2"), 24_000), url=echo)
    reply.save(tmp_path / "answer.wav")
    with pytest.raises(s2s.UsageError):
        reply.save(tmp_path / "answer.wav")
    reply.save(tmp_path / "answer.wav", overwrite=True)
    with pytest.raises(ValueError, match=r"\.mp3"):
        reply.save(tmp_path / "answer.mp3")


def test_a_recording_comes_in_every_form_the_same(echo: str, question: Path) -> None:
    samples = np.frombuffer(QUESTION, "<i2")
    forms: list[Any] = [
        question,
        str(question),
        question.read_bytes(),
        io.BytesIO(question.read_bytes()),
        (samples, 24_000),
        (samples.reshape(-1, 1), 24_000.0),
    ]
    for form in forms:
        assert s2s.send(form, url=echo).audio == QUESTION
    with question.open("rb") as file:
        assert s2s.send(file, url=echo).audio == QUESTION
        assert not file.closed


def test_floats_are_samples_too(echo: str) -> None:
    floats = np.frombuffer(QUESTION, "<i2").astype(np.float32) / 32767
    assert s2s.send((floats, 24_000), url=echo).audio == QUESTION


def test_a_file_called_minus_is_a_file(
    echo: str, question: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    question.rename("-")
    assert s2s.send("-", url=echo).audio == QUESTION


def test_a_text_is_answered_as_well() -> None:
    reply = s2s.send(text="What is seven times eight?", offline=True)
    assert "56" in reply.text
    assert reply.user_text == "What is seven times eight?"
    assert reply.audio
    assert reply.warnings == ()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, TypeError),
        ({"recording": "a.wav", "text": "both"}, TypeError),
        ({"recording": 5}, TypeError),
        ({"recording": io.StringIO("text")}, TypeError),
        ({"recording": ([1, 2], 24_000, 1)}, TypeError),
        ({"recording": (np.zeros(9, np.int32), 24_000)}, TypeError),
        ({"recording": (np.zeros((2, 2, 2)), 24_000)}, ValueError),
        ({"recording": (np.array([np.nan]), 24_000)}, ValueError),
        ({"recording": (np.zeros(0), 24_000)}, ValueError),
        ({"recording": (np.zeros(9), 10)}, ValueError),
        ({"recording": (np.zeros(9), "fast")}, TypeError),
        ({"text": ""}, ValueError),
        ({"text": b"bytes"}, TypeError),
        ({"text": "a", "timeout": "30"}, TypeError),
        ({"text": "a", "timeout": 0}, ValueError),
        ({"text": "a", "timeout": float("nan")}, ValueError),
        ({"text": "a", "voice": 1}, TypeError),
        ({"text": "a", "url": "http://a b"}, ValueError),
        ({"text": "a", "url": "ws://example.com", "api_key": "k"}, ValueError),
        ({"text": "a", "url": "ws://127.0.0.1:9", "offline": True}, ValueError),
        ({"text": "a", "settings": {}}, TypeError),
    ],
)
def test_wrong_arguments_are_python_errors(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        s2s.send(**arguments)


def test_without_a_key_the_hint_speaks_of_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(s2s.UsageError) as caught:
        s2s.send(text="a")
    assert caught.value.code == "no_key"
    assert "offline=True" in caught.value.hint
    assert "--" not in caught.value.hint


def test_a_key_for_openai_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890")
    with pytest.raises(s2s.UsageError) as caught:
        s2s.send(text="a", url="wss://example.invalid")
    assert "api_key=" in caught.value.hint
    assert "sk-1234567890" not in f"{caught.value}{caught.value.hint}"


def test_of_the_environment_nothing_else_is_read(
    echo: str, question: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("S2S_TIMEOUT=never\n")
    monkeypatch.setenv("S2S_TIMEOUT", "never")
    monkeypatch.setenv("WS_URL", "wss://example.invalid")
    assert s2s.send(question, url=echo).audio == QUESTION
    with pytest.raises(s2s.UsageError, match="never"):
        s2s.Settings.load()


def test_settings_are_loaded_as_the_commands_load_them(
    echo: str, question: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text(f"WS_URL={echo}\nMODEL=mine\n")
    settings = s2s.Settings.load(env_file=tmp_path / "mine")
    assert settings.endpoint.model == "mine"
    assert s2s.send(question, settings=settings).audio == QUESTION
    with pytest.raises(TypeError, match="voice"):
        s2s.send(question, settings=settings, voice="marin")


def test_instructions_that_begin_like_a_file_name_are_text(echo: str, question: Path) -> None:
    assert s2s.send(question, url=echo, instructions="@nobody: be brief").audio == QUESTION


def test_what_had_come_stays_with_the_error(question: Path) -> None:
    broken = {**SPOKEN, "faults": [{"at": "response.done", "do": "close", "code": 1011}]}
    with endpoint(broken) as url, pytest.raises(s2s.S2SError) as caught:
        s2s.send(question, url=url)
    assert caught.value.reply
    assert caught.value.reply.text == "A tone."
    assert caught.value.reply.audio


# --- a guest in somebody's program


def test_it_works_where_an_event_loop_runs_already(echo: str, question: Path) -> None:
    async def cell() -> bytes:
        return s2s.send(question, url=echo).audio

    assert asyncio.run(cell()) == QUESTION


def test_several_threads_use_it_at_once(echo: str, question: Path) -> None:
    heard: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: heard.append(s2s.send(question, url=echo).audio))
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert heard == [QUESTION] * 4


def test_it_leaves_its_host_as_it_was(
    echo: str, question: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def state() -> list[object]:
        handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
        loggers = [logging.getLogger(each).handlers[:] for each in ("", "s2s", "websockets")]
        return [handlers, loggers, os.fstat(2)[:3]]

    before = state()
    s2s.send(question, url=echo)
    with pytest.raises(s2s.UsageError):
        s2s.send("nowhere.wav", url=echo)
    assert state() == before
    assert capfd.readouterr() == ("", "")


def test_a_task_that_is_cancelled_closes_the_connection(question: Path) -> None:
    async def main(url: str) -> float:
        task = asyncio.create_task(s2s.aio.send(question, url=url))
        await asyncio.sleep(0.5)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    before = threading.active_count()
    with endpoint({"faults": [{"at": "connect", "do": "silence"}]}) as url:
        took_s = asyncio.run(main(url))
        while threading.active_count() > before + 1:  # the endpoint's
            time.sleep(0.01)
    assert took_s < 10


def test_an_awaited_reply_is_the_same(echo: str, question: Path) -> None:
    assert asyncio.run(s2s.aio.send(question, url=echo)).audio == QUESTION
