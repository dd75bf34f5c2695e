"""What the user says, as far as it concerns a reply.

none > open > meant        it went on, or a key was pressed
            > short        the reply goes on: the words decide
     > passed              over a reply that only keys interrupt
     > meant               said while nothing sounded
"""

from __future__ import annotations

from enum import Enum

QUIET_MS = 350.0  # of silence after what was short; pauses within a sentence reach 320
WORDS_MS = 1_500.0  # for the words of what was short
CROSSED_MS = 2_000.0  # for an endpoint's answer, when it may have been told in time not to give one

NOISE = (
    "Something short was heard over the reply and its words are not known: it counts as a noise."
)


class Speech(Enum):
    """What the user's speech, or what was taken for it, is to the reply."""

    NONE = "none"
    OPEN = "open"
    MEANT = "meant"
    SHORT = "short"
    PASSED = "passed"


OVER_A_REPLY = (Speech.OPEN, Speech.SHORT, Speech.PASSED)
"""Speech over a reply that has not interrupted it."""
