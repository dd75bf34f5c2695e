"""Between an engine and the rules: what an engine says is spoken by the synthesiser."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from s2s.local.engines import Synthesiser, Turn
from s2s.local.steps import Say, Sound, Step


def voiced(steps: Iterator[Step], turn: Turn, find: Callable[[], Synthesiser]) -> Iterator[Step]:
    """Give `steps` with every `Say` turned into sound, as long as the reply is spoken at all.

    The synthesiser is looked for only when there is something to say.
    """
    for step in steps:
        if not (isinstance(step, Say) and turn.speaks):
            yield step
            continue
        yield Sound(b"", step.text)
        speech = find().speak(step.text, turn.voice)
        try:
            yield from map(Sound, speech)
        finally:  # a reply that is not wanted any more falls silent at once
            if isinstance(speech, Generator):
                speech.close()
