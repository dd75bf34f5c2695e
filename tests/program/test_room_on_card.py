"""One room on a sound card in software: the speaker reaches the microphone, and somebody talks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import ToneSynthesiser, endpoint, write_wav
from pseudo_terminal import PseudoTerminal
from room import Samples, as_pcm, speech
from test_device_test import loopback, run, spoken
from virtual_audio import PATIENCE_S, SoundCard, once

from s2s import pcm
from s2s.local.connection import Service
from s2s.local.engines import Turn
from s2s.local.steps import Pace, Sound, Step
from s2s.local.vad import best_detector

pytestmark = pytest.mark.program

REPLY = as_pcm(
    speech(
        "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
        "It is easy to tell the depth of a well."
    )
)


def cough() -> Samples:
    rng = np.random.default_rng(1)
    size = pcm.RATE * 220 // 1000
    t = np.arange(size) / pcm.RATE
    burst: Samples = rng.standard_normal(size) * np.exp(-t / 0.06) * 0.2
    return burst


class Room:
    """The endpoint of one conversation; `words` is what it understands next."""

    name = "room"
    instant = True

    def __init__(self) -> None:
        self.words = ""
        self.told: list[tuple[str, dict[str, Any]]] = []

    def hear(self, pcm: bytes) -> str:
        return self.words

    def reply(self, turn: Turn) -> Iterator[Step]:
        return iter([Pace(speed=5.0), Sound(REPLY, "about canoes")])

    def record(self, connection: int, way: str, message: str | bytes) -> None:
        event = json.loads(message)
        if not event["type"].endswith((".append", ".delta")):
            self.told.append((way, event))

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [event for _, event in self.told if event["type"] == kind]

    @property
    def decides(self) -> bool:
        """Whether the client has left it to the endpoint to answer: no reply sounds."""
        asked = [e["session"]["audio"]["input"]["turn_detection"] for e in self._updates()]
        return bool(asked and asked[-1].get("create_response", True))

    def _updates(self) -> list[dict[str, Any]]:
        return [
            each
            for each in self.all("session.update")
            if each["session"].get("audio", {}).get("input", {}).get("turn_detection")
        ]

    @property
    def users_items(self) -> int:
        """How many of the user's turns it remembers."""
        added = [e["item"]["role"] for e in self.all("conversation.item.added")]
        return added.count("user") - len(self.all("conversation.item.deleted"))


def until(happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_in_a_room_it_does_not_hear_itself_a_cough_is_nothing_and_the_user_is_heard(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    said = {
        "question": speech("Tell me more about it.", "slt"),
        "cough": cough(),
        "stop": speech("stop", "slt"),
        "sentence": speech("Wait, please tell me about the train instead", "slt"),
    }
    wavs = {name: write_wav(tmp_path / f"{name}.wav", as_pcm(s)) for name, s in said.items()}
    with loopback(latency_ms=100, volume=68):  # 60 lg 0.68 = -10 dB
        hello = spoken(tmp_path / "hello.wav")
        told = json.loads(
            run("--json", "--remember", cwd=tmp_path, card=sound_card, says=hello).stdout
        )
        assert told["echo"]["coupling_db"] == pytest.approx(-10, abs=2)
        assert told["echo"]["auto"] == "cancel"
        print(f"the echo is {told['echo']['delay_ms']} ms late")

        def talks() -> bool:
            room = Room()
            service = Service(lambda: room, best_detector, ToneSynthesiser, "m", record=room.record)
            with (
                endpoint(served=service) as url,
                PseudoTerminal("talk", "--url", url, "--plain", cwd=tmp_path) as terminal,
            ):
                terminal.wait(lambda: bool(room.all("session.updated")))
                time.sleep(1.5)
                return holds(room, sound_card, wavs)

        assert once(talks, 2, 3)


def holds(room: Room, card: SoundCard, wavs: dict[str, Path]) -> bool:
    """Hold the conversation; return whether all of it went as it should."""

    def ask() -> bool:
        """Ask, and wait until the reply has sounded for two seconds."""
        replies = len(room.all("response.created"))
        room.words = "Tell me more."
        card.say(wavs["question"])
        if not until(lambda: len(room.all("response.created")) > replies):
            return False
        room.words = "What?"
        time.sleep(2)
        return True

    def is_cut(times: int) -> bool:
        return len(room.all("conversation.item.truncate")) == times

    if not (ask() and until(lambda: room.decides) and is_cut(0) and room.users_items == 1):
        return False
    if not ask():
        return False
    room.words = ""
    card.say(wavs["cough"])
    if not (until(lambda: room.decides) and is_cut(0) and room.users_items == 2):
        return False
    if not ask():
        return False
    replies = len(room.all("response.created"))
    room.words = "Stop."
    card.say(wavs["stop"])
    if not (
        until(lambda: is_cut(1)) and until(lambda: len(room.all("response.created")) > replies)
    ):
        return False
    time.sleep(2)  # its answer sounds
    card.say(wavs["sentence"])
    return until(lambda: is_cut(2)) and until(
        lambda: len(room.all("response.created")) == replies + 2
    )
