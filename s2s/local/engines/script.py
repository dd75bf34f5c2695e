"""The engine that answers from a script: same script, same conversation."""

from __future__ import annotations

import array
import functools
import math
from collections.abc import Callable, Iterator

from s2s import pcm
from s2s.errors import UsageError
from s2s.local.engines import Turn
from s2s.local.script import Script, ScriptTurn, Tone
from s2s.local.steps import Fail, Say, Sound, Step, Wait, Write

_TONE_LEVEL = 0.3


class ScriptEngine:
    """Answers each turn with the first script turn that fits it and has not been used up.

    `on: N` answers the N-th reply and `match` every turn it matches; a turn with neither, or one
    that says what to `hear`, is used once, in the order of the file. `share: 0.01` lets a turn
    answer that share of the replies that it would, again and again.
    """

    name = "script"

    def __init__(self, script: Script, chance: Callable[[], float] = lambda: 0.0) -> None:
        """`chance`, from 0.0 to 1.0, decides for turns that answer a share of the replies."""
        self._chance = chance
        self._turns = script.turns
        self.instant = not any(turn.say for turn in script.turns)
        self._replies = 0
        self._used: set[int] = set()

    def hear(self, pcm: bytes) -> str:
        for index, turn in enumerate(self._turns):
            if turn.on == self._replies + 1 or (turn.on is None and self._is_next(index)):
                return turn.hear or ""
        return ""

    def reply(self, turn: Turn) -> Iterator[Step]:
        self._replies += 1
        for index, answer in enumerate(self._turns):
            if self._fits(index, turn.text):
                self._used.add(index)
                return _steps(answer)
        return iter([Fail("failed", "script_ended", "The script has no turn for this.")])

    def _fits(self, index: int, text: str) -> bool:
        turn = self._turns[index]
        if turn.share < 1.0 and self._chance() >= turn.share:
            return False
        if turn.on is not None:
            return turn.on == self._replies
        if turn.share < 1.0 and turn.match is None:
            return True
        if turn.match is not None and turn.hear is None:
            return bool(turn.match.search(text))
        return index not in self._used and (turn.match is None or bool(turn.match.search(text)))

    def _is_next(self, index: int) -> bool:
        """Whether a spoken turn may be heard as this one: in order, and not yet used."""
        turn = self._turns[index]
        return (
            turn.share == 1.0
            and index not in self._used
            and (turn.match is None or turn.hear is not None)
        )


def _steps(answer: ScriptTurn) -> Iterator[Step]:
    yield answer.pace
    if answer.first_audio_ms:
        yield Wait(answer.first_audio_ms)
    if answer.say is not None:
        yield Say(answer.say)
    if answer.text is not None:
        yield Write(answer.text)
    if answer.tone is not None:
        yield Sound(_tone(answer.tone), f"(a tone of {answer.tone.hz:g} Hz)")
    if answer.wav is not None:
        yield Sound(_recording(str(answer.wav)), f"({answer.wav.name})")
    if answer.call is not None:
        yield answer.call
    if answer.fail is not None:
        yield answer.fail


@functools.cache
def _tone(tone: Tone) -> bytes:
    """Return a sine as PCM, at 0.3 of full scale."""
    step = 2 * math.pi * tone.hz / pcm.RATE
    peak = _TONE_LEVEL * 32767
    count = pcm.size_of(tone.ms) // pcm.SAMPLE_SIZE
    samples = array.array("h", (round(peak * math.sin(step * n)) for n in range(count)))
    return samples.tobytes()


@functools.cache
def _recording(path: str) -> bytes:
    """Return an audio file as PCM. Raises `UsageError` if it cannot be read."""
    import numpy as np
    import soundfile
    import soxr

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as exc:
        raise UsageError(f"The audio file {path} cannot be read.", "Check the script.") from exc
    mono = soxr.resample(samples.mean(axis=1), rate, pcm.RATE)
    return bytes(np.clip(np.rint(mono * 32768), -32768, 32767).astype("<i2").tobytes())
