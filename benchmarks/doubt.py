"""What the offline engine takes for a phrase, and what it doubts: `offline.py --doubt`.

Turns of every kind are recognised, and counted in three ways: that the best guess is a phrase (for
what is a phrase: the right one); that the words' mean score is -2.6 or better, as was asked once;
and that the engine is sure, as it is asked now (`s2s/local/doubt.py`).
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE / "echo")]

import parts  # noqa: E402
import sounds  # noqa: E402
from flite import said  # noqa: E402
from room import HEADPHONES, ROOMS, Room, Samples, Simulated, as_pcm, as_samples, speech  # noqa: E402
from scene import Scene, Setting, held  # noqa: E402

from s2s import pcm  # noqa: E402
from s2s.audio.echo.ears import Ears  # noqa: E402
from s2s.conversation import events as on  # noqa: E402
from s2s.local.engines.skills import GRAMMAR  # noqa: E402
from s2s.local.recognition import Hypothesis, Recogniser  # noqa: E402

Turns = list[tuple[str, bytes]]  # the phrase, or nothing if it is none; what was heard
Lists = dict[str, list[str]]
VOICES = ("slt", "rms", "awb", "kal16")
OTHER_VOICES = ("kal", "espeak en-us", "espeak en-gb+f3")
MEAN = -2.6
SHORT_WORDS = ["uh-huh", "yeah", "right", "okay", "mhm", "oh", "no", "wait", "yes", "sure", "hm"]


def doubt(lists: Lists, jobs: int = 2) -> None:
    """Print the table."""
    kinds = list(_kinds(lists))
    width = max(len(name) for name, _ in kinds)
    print(f"{'':{width}}  turns  guess  mean >= {MEAN}   sure")
    with ProcessPoolExecutor(jobs) as pool:
        for name, counts in zip(
            [name for name, _ in kinds],
            pool.map(_counted, [make for _, make in kinds]),
            strict=True,
        ):
            turns, guessed, fitting, sure = counts
            print(f"{name:{width}}  {turns:5}  {guessed:5}  {fitting:12}  {sure:5}", flush=True)


def _kinds(lists: Lists) -> Iterator[tuple[str, Callable[[], Turns]]]:
    for name, lines in lists.items():
        true = name.startswith("phrases")
        yield f"{name}: clean, flite", partial(_clean, lines, true)
        yield f"{name}: clean, other voices", partial(_noisy, lines, true, OTHER_VOICES, -75)
        yield f"{name}: noise at 20 dB", partial(_noisy, lines, true, VOICES, -40)
        yield f"{name}: 1.4 times slower", partial(_clean, lines, true, VOICES[:2], 1.4)
        yield f"{name}: 1.8 times slower", partial(_clean, lines, true, VOICES[:2], 1.8)
        for db in (-20, -10, 0):
            yield f"{name}: over a reply, echo at {db} dB", partial(_over, lines, true, db)
    yield "coughs, slams, uh-huhs", _short
    yield "coughs and slams in a row", _coughs
    yield "noise of 0.3 to 4 s", _noise
    yield "words of the backchannel, and the like", partial(_clean, SHORT_WORDS, False)
    yield "the assistant, after the canceller", partial(_echo, cancelled=True)
    yield "the assistant, as the microphone has it", partial(_echo, cancelled=False)


def _counted(make: Callable[[], Turns]) -> tuple[int, int, int, int]:
    recogniser = Recogniser(GRAMMAR)
    turns = make()
    heard = [(phrase, recogniser.recognise(audio)) for phrase, audio in turns]
    speech.cache_clear()  # a gigabyte, in the end
    guessed = [h for phrase, h in heard if h.text and phrase in ("", h.text)]
    return (
        len(turns),
        len(guessed),
        sum(_mean(each) >= MEAN for each in guessed),
        sum(each.sure for each in guessed),
    )


def _mean(heard: Hypothesis) -> float:
    words = [each for each in heard.pieces if each.phones]
    return sum(each.score for each in words) / sum(each.frames for each in words)


def _clean(
    lines: list[str], true: bool, voices: tuple[str, ...] = VOICES, slower: float = 1
) -> Turns:
    return [(line if true else "", said(line, voice, slower)) for voice in voices for line in lines]


def _noisy(lines: list[str], true: bool, voices: tuple[str, ...], noise_dbfs: float) -> Turns:
    return [
        (line if true else "", _turn(speech(line, voice), noise_dbfs))
        for voice in voices
        for line in lines
    ]


def _turn(said: Samples, noise_dbfs: float = -75.0) -> bytes:
    """Return a sound as a turn is cut out of a conversation, in some noise."""
    heard = np.concatenate([np.zeros(pcm.RATE * 3 // 10), said, np.zeros(pcm.RATE // 2)])
    noise = np.random.default_rng(len(said)).standard_normal(len(heard))
    return as_pcm(heard + noise * 10 ** (noise_dbfs / 20))


def _over(lines: list[str], true: bool, echo_db: float) -> Turns:
    """Say the lines over replies; return the turns that the endpoint committed meanwhile."""
    recogniser = Recogniser(GRAMMAR)
    seed = zlib.crc32(lines[0].encode()) % 1000
    room = Room(f"echo at {echo_db} dB", delay_ms=80, echo_db=echo_db, seed=seed)
    voices = sounds.RECOGNISED if true else (*VOICES, *OTHER_VOICES)
    rng = np.random.default_rng(seed)
    heard: list[bytes] = []
    turns: Turns = []

    def words(audio: bytes) -> str:
        heard.append(audio)
        hypothesis = recogniser.recognise(audio)
        return hypothesis.text if hypothesis.sure else ""

    async def script(scene: Scene) -> None:
        await scene.wait(1000)
        for number, line in enumerate(lines):
            await scene.reply_to(parts.question(room))
            begun = scene.when(on.PartStarted)[-1]
            await scene.wait(max(0.0, begun + rng.uniform(1500, 3000) - scene.now_ms))
            before = len(heard)
            spoken = speech(line, voices[number % len(voices)])
            replies = len(scene.when(on.PartStarted))
            scene.say(spoken)
            await _answered(scene, replies, sounds.seconds(spoken) * 1000 + 1500)
            turns.extend((line if true else "", audio) for audio in heard[before:])
            await scene.until(lambda: scene.sounds, 1500)

    held(Setting(room, sounds.replies("rms"), words, "auto"), script)
    return turns


async def _answered(scene: Scene, replies: int, most_ms: float) -> None:
    await scene.until(lambda: len(scene.when(on.PartStarted)) > replies, most_ms)


def _short() -> Turns:
    return [("", _turn(each.samples)) for each in sounds.short_sounds()]


def _coughs() -> Turns:
    turns = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        row: list[Samples] = []
        for _ in range(int(rng.integers(2, 5))):
            make = sounds.cough if rng.random() < 0.6 else sounds.slam
            row.append(make(int(rng.integers(1_000_000)), rng.uniform(-30, -15)))
            row.append(np.zeros(int(rng.uniform(0.05, 0.3) * pcm.RATE)))
        turns.append(("", _turn(np.concatenate(row))))
    return turns


def _noise() -> Turns:
    """Return noise, white and steady or dull and wavering."""
    turns = []
    for seed in range(40):
        rng = np.random.default_rng(1000 + seed)
        size, loud = int(rng.uniform(0.3, 4) * pcm.RATE), 10 ** (rng.uniform(-60, -10) / 20)
        noise: Samples = rng.standard_normal(size)
        if seed % 2:
            noise = np.convolve(noise, np.ones(8) / 8, "same")  # type: ignore[assignment]
            noise *= 1 + np.sin(np.arange(size) / pcm.RATE * 2 * np.pi * rng.uniform(2, 6))
        turns.append(("", as_pcm(noise * loud)))
    return turns


def _echo(cancelled: bool) -> Turns:
    """Return pieces of the assistant's own voice, of 0.5 to 3 s, in every room."""
    turns = []
    for n, room in enumerate((*ROOMS, *HEADPHONES)):
        for m, voice in enumerate(sounds.ASSISTANTS[:2]):
            chain = Simulated(room, lambda post: Ears(post, "cancel"))
            rng = np.random.default_rng(10 * n + m)
            for number in range(2):
                chain.run(500)
                chain.wake()
                begins = chain.now_ms
                chain.reply(number, as_samples(sounds.reply(number + 3 * m, voice)))
                chain.until_heard(number)
                heard = (chain.sent if cancelled else chain.raw)(begins, chain.now_ms)
                chain.run(400)
                chain.rest()
                for _ in range(6):
                    size = int(rng.uniform(0.5, 3) * pcm.RATE)
                    at = int(rng.integers(0, len(heard) - size))
                    turns.append(("", as_pcm(heard[at : at + size])))
    return turns
