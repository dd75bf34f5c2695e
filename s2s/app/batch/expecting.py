"""What is expected of a reply, and whether it is so."""

from __future__ import annotations

import re

from s2s.errors import ResponseError
from s2s.printable import printable

_SHOWN = 120  # characters of a reply that are quoted


class Expectation:
    """What holds for all files, and what a list says of one."""

    def __init__(
        self,
        expect: re.Pattern[str] | None,
        max_first_audio_ms: float | None,
        of_one: dict[int, str] | None = None,
    ) -> None:
        self._expect, self._most_ms, self._of_one = expect, max_first_audio_ms, of_one or {}

    def missed(self, index: int, words: str, first_audio_ms: float | None) -> ResponseError | None:
        """Return in what a reply is not as it should be; what a list says goes before the rest."""
        stated = self._of_one.get(index)
        expect = re.compile(stated, re.IGNORECASE) if stated else self._expect
        if expect and not expect.search(words):
            said = printable(words[:_SHOWN]) + ("…" if len(words) > _SHOWN else "")
            return ResponseError(
                f"The reply does not hold {printable(expect.pattern)!r}: {said or 'no words'}",
                code="unexpected_reply",
            )
        late_ms = first_audio_ms if self._most_ms is not None else None
        if self._most_ms is not None and (late_ms is None or late_ms > self._most_ms):
            took = "is not known" if late_ms is None else f"took {late_ms:.0f} ms"
            return ResponseError(
                f"The first sound of the reply {took}; {self._most_ms:.0f} ms are allowed.",
                code="late_reply",
            )
        return None
