"""Microphone and speaker of a sound card in software, from somebody's program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import clean_environment, endpoint, tone, write_wav
from virtual_audio import SoundCard

pytestmark = pytest.mark.program

RECORD = """
import s2s
assert any(device.inputs for device in s2s.devices())
print("ready", flush=True)
take = s2s.record("take.wav", until_silence=0.5, wait_for_sound=True, max_seconds=60)
print(take.path, take.peak > 0.01, 0.3 < take.seconds < 20, bool(take.microphone))
"""

TALK = """
import asyncio, sys, threading
import s2s

async def main():
    async with s2s.aio.talk(url=sys.argv[1]) as conversation:
        async for event in conversation:
            if isinstance(event, s2s.events.Connected):
                print("ready", flush=True)
            if isinstance(event, s2s.events.UserSaid):
                print(event.text)
            if isinstance(event, s2s.events.AssistantStartedSpeaking):
                break

asyncio.run(main())
for each in threading.enumerate():  # but the one that reads what C libraries print
    if each is not threading.main_thread() and each.name != "noise":
        each.join(30)
        print("left behind:", each.name) if each.is_alive() else None
"""


def said(program: str, *args: str, card: SoundCard, question: Path, folder: Path) -> str:
    """Run a program; once it is ready, say something to its microphone."""
    running = subprocess.Popen(
        [sys.executable, "-c", program, *args],
        cwd=folder,
        env=clean_environment(folder, **card.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout
    try:
        assert running.stdout.readline() == "ready\n"
        card.say(question)
        out, err = running.communicate(timeout=120)
    finally:
        running.kill()
        running.wait()
    assert (running.returncode, err) == (0, "")
    return out


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", tone(1000) + bytes(48_000))


def test_a_program_records_what_the_microphone_hears(
    sound_card: SoundCard, question: Path, tmp_path: Path
) -> None:
    out = said(RECORD, card=sound_card, question=question, folder=tmp_path)
    assert out == "take.wav True True True\n"


def test_a_program_talks_through_the_systems_devices(
    sound_card: SoundCard, question: Path, tmp_path: Path
) -> None:
    with endpoint({"turns": [{"hear": "what is this", "tone": "440/2s"}]}) as url:
        out = said(TALK, url, card=sound_card, question=question, folder=tmp_path)
    assert out == "what is this\n"
