"""What the user says, as far as it concerns a reply.

none > open > meant        it went on, or a key was pressed
            > short        the reply goes on: the words decide
     > passed              over a reply that only keys interrupt
     > meant               said while nothing sounded
"""

from __future__ import annotations

from enum import Enum


class Speech(Enum):
    """What the user's speech, or what was taken for it, is to the reply."""

    NONE = "none"
    OPEN = "open"
    MEANT = "meant"
    SHORT = "short"
    PASSED = "passed"
