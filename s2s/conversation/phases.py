"""The states of the rules and what follows what; the timers by which they wait.

A conversation:

    connecting > configuring > talking > reconnecting > configuring > seeding > talking

An exchange:

    connecting > configuring > transcription > uploading > committing > asking > replying > settling

A connection that is lost (or gives way to another before its session ends) leads to
`reconnecting`, from wherever it was; in `seeding` the new session is told what was said.
`transcription` asks for the user's words and may fail without harm, `settling` waits for words
that come after the reply; both may be left out. A rate-limited response goes to `pausing` and back
to `asking`, one that called a function to `asking` too. From everywhere the end is near.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from s2s.errors import S2SError

if TYPE_CHECKING:
    from s2s.conversation.commands import Command


class Phase(str, Enum):
    """Where a conversation, or an exchange, stands."""

    CONNECTING = "connecting"
    CONFIGURING = "configuring"
    TALKING = "talking"
    RECONNECTING = "reconnecting"
    SEEDING = "seeding"
    TRANSCRIPTION = "transcription"
    UPLOADING = "uploading"
    COMMITTING = "committing"
    ASKING = "asking"
    REPLYING = "replying"
    PAUSING = "pausing"
    SETTLING = "settling"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The rules have come to another phase: for those who watch."""

    phase: Phase


class Timer(str, Enum):
    """What is waited for on the clock."""

    SETUP = "setup"  # the session stands
    LIMIT = "limit"  # the conversation has lasted as long as it may
    ECHO = "echo"  # the room is quiet again
    REST = "rest"  # the devices may rest
    SETTLE = "settle"  # the user's words come no more
    REOPEN = "reopen"  # a device that is lost is looked for again
    RETRY = "retry"  # a conversation may ask again
    ANSWER = "answer"  # a conversation's endpoint owes something and comes no further
    GRACE = "grace"  # all has been quiet, and stays so
    CONFIRM = "confirm"  # what is said over a reply has lasted long enough to interrupt it
    QUIET = "quiet"  # nobody speaks any more who spoke over a reply
    WORDS = "words"  # the words of what was short come no more
    CROSSED = "crossed"  # an endpoint that was just asked not to answer has not done so
    LAST = "last"  # the answer under way when the time was up was heard
    SILENCE = "silence"  # an exchange's endpoint comes no further
    PAUSE = "pause"  # an exchange may ask again
    AGAIN = "again"  # another try to connect is due
    GIVE_UP = "give up"  # a lost connection has been tried for as long as it may
    STEADY = "steady"  # a session that was made again has stood for a while
    WALL = "wall"  # the session will soon have lasted as long as it may
    SIGN = "sign"  # an endpoint that says nothing has said that it is still there
    SLOW = "slow"  # nothing more of the user's voice was left out
    OPTION = "option"  # an optional setting is answered


FOLLOWS = {
    Phase.CONNECTING: {Phase.CONFIGURING, Phase.RECONNECTING},
    Phase.CONFIGURING: {
        Phase.TALKING, Phase.SEEDING, Phase.RECONNECTING, Phase.TRANSCRIPTION, Phase.UPLOADING,
    },
    Phase.TALKING: {Phase.RECONNECTING},
    Phase.RECONNECTING: {Phase.CONFIGURING},
    Phase.SEEDING: {Phase.TALKING, Phase.RECONNECTING},
    Phase.TRANSCRIPTION: {Phase.UPLOADING},
    Phase.UPLOADING: {Phase.COMMITTING},
    Phase.COMMITTING: {Phase.ASKING},
    Phase.ASKING: {Phase.REPLYING, Phase.PAUSING, Phase.SETTLING},
    Phase.REPLYING: {Phase.ASKING, Phase.PAUSING, Phase.SETTLING},
    Phase.PAUSING: {Phase.ASKING},
    Phase.SETTLING: set(),
    Phase.ENDED: set(),
}  # fmt: skip
"""What may follow each phase; `ended` follows every other."""


class Course:
    """Where a conversation or an exchange stands, for all of its parts."""

    def __init__(self) -> None:
        self.phase = Phase.CONNECTING
        self.error: S2SError | None = None  # what it has ended with

    def end(self, error: S2SError | None = None) -> list[Command]:
        """Nothing more is to be done, because of `error` or because all is."""
        self.phase, self.error = Phase.ENDED, error
        return []
