"""One transcript, read by several: each is given every line once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s2s.conversation.transcript.items import Line


class Reader:
    """Gives what has been added since the last time."""

    def __init__(
        self,
        settled: Callable[[], Sequence[Line]],
        late: Callable[[], Sequence[Line]],
    ) -> None:
        self._all_settled, self._all_late = settled, late
        self._settled = self._late = 0  # lines read

    def settled(self) -> list[Line]:
        """Return the lines that have become settled since the last time."""
        lines = self._all_settled()
        before, self._settled = self._settled, len(lines)
        return list(lines[before:])

    def late(self) -> list[Line]:
        """Return the lines that were settled without words, and whose words have come since."""
        lines = self._all_late()
        before, self._late = self._late, len(lines)
        return list(lines[before:])
