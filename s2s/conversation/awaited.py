"""The one response that an exchange waits for, though others were asked for before it."""

from __future__ import annotations

from s2s.conversation.checks import Brought


class Awaited:
    """Known by the id it is announced with, or else by what comes first."""

    def __init__(self) -> None:
        self.id = ""
        self.brought = Brought()
        self._past: set[str] = set()  # ids of those that failed, or only called a function

    def asked(self) -> None:
        """Another one is asked for."""
        self._past.add(self.id)
        self.id, self.brought = "", Brought()

    def takes(self, response_id: str) -> bool:
        """Whether something with this id may belong to it."""
        self.id = self.id or response_id
        return response_id not in self._past - {"", self.id}
