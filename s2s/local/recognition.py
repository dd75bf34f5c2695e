"""Recognition of the phrases of one grammar, with a score that says when it was none of them.

pocketsphinx always finds the phrase that fits best, to noise as well. What tells is how well it
fits, from the first word to the last: `doubt.py`. What that accepts and rejects is measured by
`benchmarks/offline.py` and told in docs/offline.md.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from s2s import pcm as pcm24
from s2s.errors import UsageError
from s2s.local.doubt import SURE, Piece, fit
from s2s.local.grammar import Grammar

_RATE = 16_000  # Hz; what the acoustic model was trained with
_LONGEST_TURN_MS = 20_000  # the rest is not looked at
_LONGEST_SPEECH_S = 8  # twice the longest phrase; noise takes a quarter of its time to recognise
_MARGIN_MS = 100  # kept around the speech; more silence than that shifts the model's mean
_FRAME = _RATE // 50  # samples; 20 ms
_LOUDEST = 15  # frames, 0.3 s: enough of a word to tell how loud the voice is
_QUIETEST = 33.0  # RMS, -60 dBFS: a turn this quiet all through has no speech in it
_LEVEL = 3000.0  # RMS of the loudest sounds after levelling, so that the dither is always as loud
_DITHER = 8.0  # RMS; the model never met digital silence, and fits the words around it badly


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The phrase that fits best, and whether it fits well enough to be what was said."""

    text: str
    sure: bool
    pieces: tuple[Piece, ...] = field(default=(), compare=False, repr=False)
    """How it was laid over the turn."""


NOTHING = Hypothesis("", sure=False)


class Recogniser:
    """Hears which phrase of a grammar was said, for one thread at a time."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._decoder = _decoder(grammar.jsgf())
        self._one_at_a_time = threading.Lock()

    def recognise(self, pcm: bytes) -> Hypothesis:
        """Recognise one turn (24 kHz PCM); of a long one, the beginning."""
        speech = _speech(pcm[: pcm24.size_of(_LONGEST_TURN_MS)])
        if speech is None:
            return NOTHING
        with self._one_at_a_time:
            return self._decode(speech.astype("<i2").tobytes())

    def _decode(self, speech: bytes) -> Hypothesis:
        self._decoder.start_utt()
        self._decoder.process_raw(speech, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        # A phrase that broke off in the middle comes out as well; it is none of the grammar's.
        if hypothesis is None or self._grammar.match(hypothesis.hypstr) is None:
            return NOTHING
        pieces = tuple(map(self._piece, self._decoder.seg()))
        return Hypothesis(hypothesis.hypstr, sure=fit(pieces) >= SURE, pieces=pieces)

    def _piece(self, segment: Any) -> Piece:
        spoken = not segment.word.startswith(("<", "["))
        return Piece(
            begins=segment.start_frame,
            frames=segment.end_frame - segment.start_frame + 1,
            score=math.log(max(segment.ascore, 1e-300)),
            phones=len(self._decoder.lookup_word(segment.word).split()) if spoken else 0,
        )


def _speech(pcm: bytes) -> npt.NDArray[np.float64] | None:
    """Return the turn at 16 kHz, trimmed to its speech, levelled and dithered."""
    heard = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float64)
    samples: npt.NDArray[np.float64] = soxr.resample(heard, pcm24.RATE, _RATE)
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return None
    levels = np.sqrt((frames**2).mean(axis=1))
    floor, loudest = np.percentile(levels, 10), np.sort(levels)[-_LOUDEST:].mean()
    if loudest < _QUIETEST:
        return None
    loud = np.flatnonzero(levels >= floor + 0.1 * (loudest - floor))
    margin = _MARGIN_MS * _RATE // 1000
    start, end = max(0, loud[0] * _FRAME - margin), (loud[-1] + 1) * _FRAME + margin
    trimmed = samples[start : min(end, start + _LONGEST_SPEECH_S * _RATE)]
    dither = np.random.default_rng(0).normal(0, _DITHER, len(trimmed))
    speech: npt.NDArray[np.float64] = trimmed * (_LEVEL / loudest) + dither
    return speech.clip(-32768, 32767)


def _decoder(jsgf: str) -> Any:
    try:
        from pocketsphinx import Decoder
    except ImportError as exc:
        raise UsageError(
            "The offline engine needs pocketsphinx, which is not installed.",
            "Install the extra: pipx install 's2s-cli[offline]', "
            "or in a checkout: poetry install --extras offline",
        ) from exc
    decoder = Decoder(samprate=_RATE, lm=None, loglevel="FATAL")
    decoder.add_jsgf_string("turns", jsgf)
    decoder.activate_search("turns")
    return decoder
