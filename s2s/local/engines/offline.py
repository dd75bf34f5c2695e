"""The engine that needs no key and no network: a fixed list of things, recognised and answered."""

from __future__ import annotations

from collections.abc import Iterator

from s2s.local.engines import Turn
from s2s.local.engines.skills import GRAMMAR, World, answer, suggestion
from s2s.local.recognition import Recogniser
from s2s.local.steps import Say, Step


class OfflineEngine:
    """Recognises the phrases of the skills, and answers them."""

    name = "offline"
    instant = False

    def __init__(self, world: World | None = None) -> None:
        self._world = world or World()
        self._recogniser = Recogniser(GRAMMAR)

    def hear(self, pcm: bytes) -> str:
        heard = self._recogniser.recognise(pcm)
        return heard.text if heard.sure else ""

    def reply(self, turn: Turn) -> Iterator[Step]:
        answered = answer(turn.text, self._world)
        yield Say(answered or f"I did not catch that. {suggestion(turn.number)}")
