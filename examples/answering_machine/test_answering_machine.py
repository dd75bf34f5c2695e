"""Tests of a program that uses the official client, against a server on this machine."""

import asyncio

import pytest
from answering_machine import NoAnswer, ask
from openai import AsyncOpenAI

from s2s.testing import MakeServer, RealtimeServer, ToneVoice

QUESTION = bytes(24_000 * 2)  # one second; the fixture is told what was said


def answer(server: RealtimeServer) -> tuple[str, bytes]:
    client = AsyncOpenAI(base_url=server.base_url, api_key="none")
    return asyncio.run(ask(client, QUESTION))


def test_it_returns_the_words_and_the_audio(realtime_server: MakeServer) -> None:
    turns = [{"hear": "when do you open", "say": "At nine."}]
    server = realtime_server(turns=turns, synthesiser=ToneVoice())
    words, audio = answer(server)
    assert words == "At nine."
    assert audio == server.spoken()


def test_it_sends_the_whole_question_and_asks_once(realtime_server: MakeServer) -> None:
    server = realtime_server(engine="echo")
    answer(server)
    assert server.heard() == QUESTION
    assert len(server.received("response.create")) == 1


def test_a_failed_response_is_no_answer(realtime_server: MakeServer) -> None:
    turns = [{"tone": "440/1s", "fail": {"code": "server_error"}}]
    with pytest.raises(NoAnswer, match="failed"):
        answer(realtime_server(turns=turns))


def test_a_dropped_connection_is_no_answer(realtime_server: MakeServer) -> None:
    faults = [{"at": "output_audio.delta#2", "do": "reset"}]
    with pytest.raises(NoAnswer):
        answer(realtime_server(turns=[{"tone": "440/3s"}], faults=faults))


def test_a_rate_limit_is_told(realtime_server: MakeServer) -> None:
    faults = [{"at": "connect", "http": 429, "message": "Too many requests."}]
    with pytest.raises(NoAnswer, match="429"):
        answer(realtime_server(faults=faults))
